"""What a running sidecar says of a configuration that is wanted next."""

from dataclasses import dataclass

from qdm_driver import Violation


@dataclass(frozen=True, slots=True)
class Verdict:
    """``pod_uid`` is the pod whose sidecar was asked, ``inputs`` the digest of the inputs it was asked about.

    Where its driver can check none, it is not ``checkable``, and that there are no ``violations`` means nothing.
    """

    pod_uid: str
    inputs: str
    violations: tuple[Violation, ...] = ()
    checkable: bool = True

    @property
    def accepts(self) -> bool:
        """Whether the driver looked, and found nothing wrong."""
        return self.checkable and not self.violations
