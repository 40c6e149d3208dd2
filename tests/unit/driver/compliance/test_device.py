from qdm_driver.compliance.device import DriverProcess
from qdm_driver.compliance.host.messages import Answer, Call, Initialize, Returned
from qdm_driver.compliance.subject import Subject


class FakeHost:
    """Starts a worker that answers at once, and keeps how long it would have been waited for."""

    def __init__(self) -> None:
        self.waits: list[tuple[Call, float]] = []

    def start_worker(self) -> "FakeHost":
        return self

    def begin(self, call: Call) -> None:
        self.call = call

    def end(self, seconds: float) -> Answer:
        self.waits.append((self.call, seconds))
        return Answer(Returned(b""), "", "", calls=0, delivered=False, cancellable=True)


def test_a_driver_may_take_two_minutes_to_initialise_whatever_a_circuit_may_take() -> None:
    host = FakeHost()
    DriverProcess.start(host, Subject("any", seconds=5))  # type: ignore[arg-type]
    assert host.waits == [(Initialize(), 120.0)]
