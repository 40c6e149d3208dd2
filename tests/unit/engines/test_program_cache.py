"""The cache of what is ready to run."""

import pytest

from qdm_sidecar.engines.program_cache import ByteBoundedCache


def test_a_value_is_made_once_and_the_one_used_longest_ago_goes_first() -> None:
    made: list[str] = []
    cache = ByteBoundedCache[str](10)

    def get(key: str, size: int) -> None:
        def make() -> tuple[str, int]:
            made.append(key)
            return key * size, size

        assert cache.get_or_make(key, make) == key * size

    for key in ("a", "b", "a", "c", "a", "b"):
        get(key, 4)
    assert made == ["a", "b", "c", "b"]


def test_what_is_larger_than_the_cache_is_given_and_not_kept() -> None:
    cache = ByteBoundedCache[str](10)
    assert cache.get_or_make("small", lambda: ("s", 1)) == "s"
    assert cache.get_or_make("large", lambda: ("l" * 11, 11)) == "l" * 11
    assert cache.get_or_make("small", lambda: ("made again", 1)) == "s"
    assert cache.get_or_make("large", lambda: ("new", 3)) == "new"
    assert cache.gauges("x") == {"x_cache_bytes": 4, "x_cache_entries": 2, "x_cache_hits": 1, "x_cache_misses": 3}


def test_a_failure_is_not_kept() -> None:
    def fail() -> tuple[str, int]:
        raise KeyError("key")

    cache = ByteBoundedCache[str](10)
    with pytest.raises(KeyError):
        cache.get_or_make("key", fail)
    assert cache.get_or_make("key", lambda: ("value", 5)) == "value"
