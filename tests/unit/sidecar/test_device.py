import pytest

from qdm_driver import DeviceState, DeviceStatus
from qdm_sidecar.device import waiting

MOST = 2**31 - 1


@pytest.mark.parametrize(
    ("own", "backend", "both"),
    [
        ((2, 3), (None, None), (2, 3)),
        ((2, 3), (0, None), (2, 3)),
        ((2, 3), (5, 7), (7, 10)),
        ((0, 0), (500, None), (500, None)),
        ((2, None), (5, 7), (7, None)),
        ((2, 3), (None, 7), (2, 10)),
        ((1, 1), (MOST, MOST), (MOST, MOST)),
    ],
)
def test_what_waits_at_the_backend_counts_and_what_one_of_both_does_not_know_is_unknown(
    own: tuple[int, int | None], backend: tuple[int | None, int | None], both: tuple[int, int | None]
) -> None:
    assert waiting(*own, DeviceStatus(DeviceState.ONLINE, *backend)) == both
