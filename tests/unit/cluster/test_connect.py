from pathlib import Path

import pytest

from qdm_cluster.api import connect


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "No such file or directory"),
        ("", "is no kubeconfig"),
        ("a: [", "is no kubeconfig"),
        ("hello", "is no kubeconfig"),
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
    assert str(error.value).startswith(f"KUBECONFIG: {file}")


async def test_without_a_cluster_it_is_said_where_one_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(OSError, match="KUBECONFIG is not set, and this is no pod"):
        await connect()
