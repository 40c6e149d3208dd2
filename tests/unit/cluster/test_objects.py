from typing import Any

import pytest

from qdm_cluster.objects import Key, holds, key_of, owner_uid


@pytest.mark.parametrize(
    ("metadata", "key"),
    [({"namespace": "lab", "name": "a"}, Key("lab", "a")), ({"name": "a"}, Key("", "a"))],
)
def test_an_objects_key_is_its_place_among_its_kind(metadata: Any, key: Key) -> None:
    assert key_of({"metadata": metadata}) == key


def test_a_key_reads_like_a_path() -> None:
    assert str(Key("lab", "a")) == "lab/a"


@pytest.mark.parametrize(
    ("owners", "uid"),
    [
        (None, ""),
        ([], ""),
        ([{"uid": "1"}], ""),
        ([{"uid": "1", "controller": False}, {"uid": "2", "controller": True}], "2"),
    ],
)
def test_an_objects_owner_is_its_controller(owners: Any, uid: str) -> None:
    assert owner_uid({"metadata": {"ownerReferences": owners}}) == uid


@pytest.mark.parametrize(
    ("obj", "wanted", "held"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1}}, True),
        ({"a": None}, {"a": {"b": 1}}, False),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": [{"b": 1, "default": 0}]}, {"a": [{"b": 1}]}, True),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, False),
        ({}, {"a": None}, False),
        (None, {}, False),
        ({"a": 1}, {"a": "1"}, False),
        ({"a": True}, {"a": 1}, True),
    ],
)
def test_what_is_wanted_is_held_whatever_is_there_besides(obj: Any, wanted: Any, *, held: bool) -> None:
    assert holds(obj, wanted) is held
