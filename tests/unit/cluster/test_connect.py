from pathlib import Path

import pytest
from kubernetes.aio.config import ConfigException

from qdm_cluster.api import connect


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file or directory"),
        ("", "makes no sense"),
        ("a: [", "makes no sense"),
        ("hello", "makes no sense"),
        ("apiVersion: v1\nkind: Config\n", "current-context"),
    ],
)
async def test_a_kubeconfig_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None, complaint: str
) -> None:
    file = tmp_path / "kubeconfig"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("KUBECONFIG", str(file))
    with pytest.raises(OSError, match=complaint) as error:
        await connect()
    assert str(error.value).startswith(f"KUBECONFIG: {file}: ")


async def test_without_a_cluster_it_is_said_where_one_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(OSError, match="KUBECONFIG is not set, and this is no pod"):
        await connect()


@pytest.mark.parametrize(
    ("failure", "complaint"),
    [
        (PermissionError(13, "Permission denied", "/var/run/token"), "Permission denied"),
        (ConfigException("Token file exists but empty."), "Token file exists but empty."),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "what is there makes no sense"),
    ],
)
async def test_a_service_account_that_cannot_be_used_is_not_taken_for_a_kubeconfig(
    monkeypatch: pytest.MonkeyPatch, failure: Exception, complaint: str
) -> None:
    def load(_configuration: object) -> None:
        raise failure

    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.setattr("kubernetes.aio.config.load_incluster_config", load)
    with pytest.raises(OSError, match="KUBECONFIG is not set") as error:
        await connect()
    place = "KUBECONFIG is not set, and this is no pod with a service account that can be used"
    assert str(error.value) == f"{place}: {complaint}"
