import pytest

from qdm_cluster.objects import Json, Key
from qdm_operator.store import Store

A, B = Key("lab", "a"), Key("lab", "b")


def state(version: int | str, *, name: str = "a", uid: str = "uid-1") -> Json:
    return {"metadata": {"namespace": "lab", "name": name, "uid": uid, "resourceVersion": str(version)}}


class Told:
    """A store, and the versions that it told of: (as it was, as it is)."""

    def __init__(self) -> None:
        self.changes: list[tuple[str | None, str | None]] = []
        self.store = Store(lambda before, after: self.changes.append((version_of(before), version_of(after))))

    def known(self) -> dict[str, str]:
        return {obj["metadata"]["name"]: obj["metadata"]["resourceVersion"] for obj in self.store.all()}


def version_of(obj: Json | None) -> str | None:
    return obj["metadata"]["resourceVersion"] if obj is not None else None


@pytest.fixture
def told() -> Told:
    return Told()


def test_every_change_is_told_once(told: Told) -> None:
    store = told.store
    for obj in (state(1), state(1), state(2), state(2)):
        store.put(obj)
    store.remove(state(3))
    store.remove(state(3))
    assert told.changes == [(None, "1"), ("1", "2"), ("2", "3"), ("3", None)]
    assert len(store) == 0


def test_what_is_older_than_what_is_known_is_no_news(told: Told) -> None:
    told.store.put(state(9))
    told.store.put(state(10))
    told.store.put(state(9))
    told.store.put(state(8, uid="uid-0"))
    assert told.known() == {"a": "10"}
    assert told.changes == [(None, "9"), ("9", "10")]


def test_where_versions_do_not_count_up_the_last_word_holds(told: Told) -> None:
    told.store.put(state("zebra"))
    told.store.put(state("ant"))
    assert told.known() == {"a": "ant"}


@pytest.mark.parametrize(
    ("deleted", "left"),
    [
        (state(6), {}),
        (state(5), {}),
        (state(4, uid="uid-0"), {"a": "5"}),  # a predecessor, told of late
        (state(6, uid="uid-2"), {}),  # a successor: that the known one went was never told
        (state("x", uid="uid-2"), {"a": "5"}),
        (state(6, name="b"), {"a": "5"}),
    ],
)
def test_a_deletion_takes_away_what_it_means(told: Told, deleted: Json, left: dict[str, str]) -> None:
    told.store.put(state(5))
    told.store.remove(deleted)
    assert told.known() == left


def test_an_own_write_is_taken_over_and_told_like_any_other_change(told: Told) -> None:
    told.store.note(None, state(1))
    told.store.note(told.store.get(A), state(2))
    told.store.put(state(1))
    told.store.put(state(2))
    assert told.changes == [(None, "1"), ("1", "2")]


def test_an_own_write_that_others_have_overtaken_is_dropped(told: Told) -> None:
    told.store.put(state(1))
    before = told.store.get(A)
    told.store.put(state(3))
    told.store.note(before, state(2))
    assert told.known() == {"a": "3"}
    told.store.remove(state(4))
    told.store.note(before, state(2))
    assert told.known() == {}


def test_an_own_write_that_has_overtaken_others_is_taken_over(told: Told) -> None:
    told.store.put(state(1))
    before = told.store.get(A)
    told.store.put(state(2))
    told.store.note(before, state(3))
    assert told.known() == {"a": "3"}
    told.store.put(state(4, uid="uid-2"))
    told.store.note(before, state(5))
    assert told.known() == {"a": "4"}


def test_a_list_shows_what_was_missed_and_mends_it(told: Told) -> None:
    store = told.store
    for obj in (state(1), state(2, name="gone"), state(3, name="same")):
        store.put(obj)
    since = store.mark()
    differences = store.differences([state(5), state(3, name="same"), state(6, name="new")], since)
    assert {key.name: version_of(obj) for key, obj in differences.items()} == {"a": "5", "gone": None, "new": "6"}
    assert store.mend(differences, since) == 3
    assert told.known() == {"a": "5", "same": "3", "new": "6"}
    assert store.differences(store.all(), store.mark()) == {}


@pytest.mark.parametrize("told_when", ["while it was listed", "before it was mended"])
def test_what_was_told_meanwhile_is_fresher_than_a_list(told: Told, told_when: str) -> None:
    def tell() -> None:
        told.store.put(state(7))
        told.store.remove(state(8, name="b"))
        told.store.put(state(9, name="c"))

    told.store.put(state(1))
    told.store.put(state(2, name="b"))
    since = told.store.mark()
    if told_when == "while it was listed":
        tell()
    differences = told.store.differences([state(5), state(2, name="b")], since)
    if told_when == "before it was mended":
        tell()
    assert told.store.mend(differences, since) == 0
    assert told.known() == {"a": "7", "c": "9"}


def test_a_list_is_believed_even_where_versions_went_back(told: Told) -> None:
    told.store.put(state(90))
    since = told.store.mark()
    told.store.mend(told.store.differences([state(12)], since), since)
    assert told.known() == {"a": "12"}


def test_news_that_are_none_keep_no_list_from_mending(told: Told) -> None:
    told.store.put(state(5))
    since = told.store.mark()
    told.store.put(state(5))
    told.store.put(state(4))
    assert told.store.mend(told.store.differences([state(6)], since), since) == 1
