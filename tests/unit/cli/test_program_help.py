import pytest
from click.testing import CliRunner

from qdm_cli.main import qdm
from qdm_common.settings import ServerSettings
from qdm_facade.settings import FacadeSettings
from qdm_operator.settings import OperatorSettings
from qdm_sidecar.settings import SidecarSettings


@pytest.mark.parametrize(
    ("command", "settings"),
    [("facade", FacadeSettings), ("operator", OperatorSettings), ("sidecar", SidecarSettings)],
)
def test_the_help_of_a_program_lists_every_setting(command: str, settings: type[ServerSettings]) -> None:
    shown = CliRunner().invoke(qdm, [command, "--help"]).output
    assert "PydanticUndefined" not in shown
    assert [name for name in settings.model_fields if f"QDM_{name.upper()} " not in shown] == []
    assert ("[required]" in shown) == any(field.is_required() for field in settings.model_fields.values())
