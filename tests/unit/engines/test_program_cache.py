"""The cache of what is ready to run."""

import pytest

from qdm_sidecar.engines.program_cache import ByteBoundedCache


def test_a_value_is_made_once_and_the_one_used_longest_ago_goes_first() -> None:
    made: list[str] = []
    cache = ByteBoundedCache[str](10, len)

    def get(key: str, size: int) -> None:
        def make() -> str:
            made.append(key)
            return key * size

        assert cache.get_or_make(key, make) == key * size

    for key in ("a", "b", "a", "c", "a", "b"):
        get(key, 4)
    assert made == ["a", "b", "c", "b"]


def test_what_is_larger_than_the_cache_is_given_and_not_kept() -> None:
    cache = ByteBoundedCache[str](10, len)
    assert cache.get_or_make("small", lambda: "s") == "s"
    assert cache.get_or_make("large", lambda: "l" * 11) == "l" * 11
    assert cache.get_or_make("large", lambda: "new") == "new"


def test_a_failure_is_not_kept() -> None:
    def fail() -> str:
        raise KeyError("key")

    cache = ByteBoundedCache[str](10, len)
    with pytest.raises(KeyError):
        cache.get_or_make("key", fail)
    assert cache.get_or_make("key", lambda: "value") == "value"
