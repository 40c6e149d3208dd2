"""How soon a child that ended is started again."""

_FIRST_SECONDS = 0.5
_LONGEST_SECONDS = 30.0
_STEADY_SECONDS = 60.0


def failures_after(failures: int, ran_seconds: float) -> int:
    """Counts one more failure in a row; a child that ran for a minute begins anew."""
    return 1 if ran_seconds >= _STEADY_SECONDS else failures + 1


def restart_delay(failures: int) -> float:
    """Returns the seconds to wait after so many failures in a row: 0.5, 1, 2, … up to 30."""
    return min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0 ** min(failures - 1, 10))
