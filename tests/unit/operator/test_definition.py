import pytest

from qdm_common.manifest import SCHEMA_REVISION, SCHEMA_REVISION_ANNOTATION
from qdm_operator.definition import older


@pytest.mark.parametrize(
    ("annotations", "outdated"),
    [
        ({SCHEMA_REVISION_ANNOTATION: str(SCHEMA_REVISION)}, False),
        ({SCHEMA_REVISION_ANNOTATION: str(SCHEMA_REVISION + 1)}, False),
        ({SCHEMA_REVISION_ANNOTATION: str(SCHEMA_REVISION - 1)}, True),
        ({SCHEMA_REVISION_ANNOTATION: "new"}, True),
        ({}, True),
        (None, True),
    ],
)
def test_a_definition_older_than_the_operator_is_noticed(annotations: dict[str, str] | None, *, outdated: bool) -> None:
    sentence = older({"metadata": {"annotations": annotations}})
    assert bool(sentence) is outdated
    assert not outdated or "kubectl apply --server-side -f crds/" in sentence
