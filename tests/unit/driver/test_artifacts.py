import hashlib
from pathlib import Path

import pytest

from qdm_driver import ArtifactStore, CalibrationRef

DIGEST = hashlib.sha256(b"t1=80us").hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "not" / "yet" / "there")


def test_an_artefact_comes_back_under_its_reference(store: ArtifactStore) -> None:
    assert store.get(store.put(b"t1=80us")) == b"t1=80us"


def test_a_reference_is_the_digest_of_the_content(store: ArtifactStore) -> None:
    assert store.put(b"t1=80us") == CalibrationRef(f"qdm-artifact:sha256:{DIGEST}")


def test_the_same_bytes_are_stored_once(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path)
    assert store.put(b"t1=80us") == store.put(b"t1=80us")
    assert [path.name for path in tmp_path.iterdir()] == [DIGEST]


def test_another_store_on_the_same_folder_reads_it(tmp_path: Path) -> None:
    assert ArtifactStore(tmp_path).get(ArtifactStore(tmp_path).put(b"")) == b""


@pytest.mark.parametrize(
    "uri",
    [
        f"qdm-artifact:sha256:{'0' * 64}",
        "qdm-artifact:sha256:",
        "qdm-artifact:sha256:../outside",
        f"qdm-artifact:sha256:{'../' * 20}outs",
        "qdm-artifact:sha256:" + "/etc/passwd".rjust(64, "/"),
        f"qdm-artifact:sha256:{DIGEST}.partial",
        f"qdm-artifact:sha256:{DIGEST.upper()}",
        f"s3:{DIGEST}",
        DIGEST,
        "",
    ],
)
def test_what_is_no_reference_to_an_artefact_here_is_refused(tmp_path: Path, uri: str) -> None:
    (tmp_path / "outside").write_text("not for you")
    store = ArtifactStore(tmp_path / "artifacts")
    store.put(b"t1=80us")
    with pytest.raises(KeyError):
        store.get(CalibrationRef(uri))
