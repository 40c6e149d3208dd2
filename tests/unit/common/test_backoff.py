import pytest

from qdm_common.backoff import restart_delay


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 16), (7, 30), (8, 30), (900, 30), (5000, 30)],
)
def test_what_fails_again_is_tried_again_ever_more_slowly_and_never_given_up(failures: int, seconds: float) -> None:
    assert restart_delay(failures) == seconds
