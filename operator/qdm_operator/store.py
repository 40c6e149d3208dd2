"""What is in the cluster, as far as this operator has heard: the index that every decision reads.

Watch events feed it one object at a time, and so do the answers to this operator's own writes, which overtake them; so
what is older than what is known is no news. A resync compares it with a full LIST. What was touched since the LIST was
begun is fresher than the LIST and stays.
"""

from collections.abc import Callable, Iterable

from qdm_cluster.objects import Json, Key, key_of

Changed = Callable[[Json | None, Json | None], None]


class Store:
    """The objects of one kind. ``changed`` is called with each as it was and as it is; ``None`` where there is none."""

    def __init__(self, changed: Changed) -> None:
        self._changed = changed
        self._objects: dict[Key, Json] = {}
        self._touched: dict[Key, int] = {}
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._objects)

    def get(self, key: Key) -> Json | None:
        """Returns an object."""
        return self._objects.get(key)

    def all(self) -> list[Json]:
        """Returns all objects."""
        return list(self._objects.values())

    def put(self, obj: Json) -> None:
        """Takes over an object that was made or changed, unless something newer is known of it."""
        known = self._objects.get(key_of(obj))
        if known is None or not _precedes(obj, known):
            self._take(obj)

    def note(self, before: Json | None, after: Json) -> None:
        """Takes over what this operator itself made of an object, unless it has gone or something newer is known."""
        known = self._objects.get(key_of(after))
        if known is before or (known is not None and _uid(known) == _uid(after)):
            self.put(after)

    def remove(self, obj: Json) -> None:
        """Takes over that an object was deleted; ``obj`` is its last state."""
        known = self._objects.get(key_of(obj))
        if known is not None and (_uid(known) == _uid(obj) or _precedes(known, obj)):  # no successor came first
            self._take(obj)
            self._drop(obj)

    def mark(self) -> int:
        """Returns the moment before a LIST is begun."""
        return self._sequence

    def differences(self, listed: Iterable[Json], since: int) -> dict[Key, Json | None]:
        """Returns what a LIST that was begun at ``since`` has otherwise: each object, ``None`` where it has none."""
        found = {key_of(obj): obj for obj in listed}
        differing = {
            key: found.get(key)
            for key in found.keys() | self._objects.keys()
            if _version(found.get(key)) != _version(self._objects.get(key))
        }
        return {key: obj for key, obj in differing.items() if self._untouched(key, since)}

    def mend(self, differences: dict[Key, Json | None], since: int) -> int:
        """Takes over the differences that nobody told of meanwhile, and counts them."""
        missed = [(key, obj) for key, obj in differences.items() if self._untouched(key, since)]
        for key, obj in missed:
            if obj is not None:
                self._take(obj)
            else:
                self._drop(self._objects[key])
        self._touched.clear()
        return len(missed)

    def _take(self, obj: Json) -> None:
        key = key_of(obj)
        before = self._objects.get(key)
        if _version(before) != _version(obj):
            self._touch(key)
            self._objects[key] = obj
            self._changed(before, obj)

    def _drop(self, obj: Json) -> None:
        self._touch(key_of(obj))
        del self._objects[key_of(obj)]
        self._changed(obj, None)

    def _untouched(self, key: Key, since: int) -> bool:
        return self._touched.get(key, 0) <= since

    def _touch(self, key: Key) -> None:
        self._sequence += 1
        self._touched[key] = self._sequence


def _uid(obj: Json) -> str:
    return str(obj["metadata"]["uid"])


def _version(obj: Json | None) -> tuple[str, str] | None:
    return (_uid(obj), obj["metadata"]["resourceVersion"]) if obj is not None else None


def _precedes(obj: Json, other: Json) -> bool:
    """Tells whether a state is known to be older than another: the versions of a kind count up."""
    versions = (obj["metadata"]["resourceVersion"], other["metadata"]["resourceVersion"])
    return all(version.isdecimal() for version in versions) and int(versions[0]) < int(versions[1])
