"""How soon a process that ended, or failed to start, is started again."""

_FIRST_SECONDS = 0.5
_LONGEST_SECONDS = 30.0
_DOUBLINGS = 10  # more than it takes to reach the longest; a float cannot double for ever


def restart_delay(failures: int) -> float:
    """Returns the seconds to wait after so many failures in a row: 0 after none, then 0.5, 1, 2, … up to 30."""
    return min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0 ** min(failures - 1, _DOUBLINGS)) if failures else 0.0
