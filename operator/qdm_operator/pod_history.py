"""What one term of leading remembers of a device's pods, beside what the cluster itself remembers."""

from dataclasses import dataclass

from qdm_common.backoff import restart_delay
from qdm_operator.verdict import Verdict

# A pod that ran this long had a good start: if it fails then, its successor comes at once.
_STEADY_SECONDS = 60.0


@dataclass(slots=True)
class PodHistory:
    """Times are the loop's, in seconds.

    ``gone_since`` is when a pod (by its UID) was first missed, ``verdict`` what a sidecar said last when it was asked.
    """

    created_at: float = 0.0
    failures: int = 0
    pause_until: float = 0.0
    gone_since: tuple[str, float] = ("", 0.0)
    verdict: Verdict | None = None

    def pod_failed(self, now: float) -> None:
        """Counts a pod that failed, and sets the pause before the next."""
        self.failures = 1 if now - self.created_at > _STEADY_SECONDS else self.failures + 1
        self.pause_until = now + restart_delay(self.failures)

    def gone_for(self, uid: str, now: float) -> float:
        """Returns the seconds since a pod was first missed."""
        if self.gone_since[0] != uid:
            self.gone_since = (uid, now)
        return now - self.gone_since[1]
