"""Everything that a decision about one device follows from."""

from collections.abc import Sequence
from dataclasses import dataclass

from qdm_cluster.objects import Json, Key
from qdm_common.manifest import QuantumDevice
from qdm_common.sidecar_health import Heard
from qdm_operator.pod import Pod, PodPlace
from qdm_operator.verdict import Verdict


@dataclass(frozen=True, slots=True)
class LostPod:
    """A pod that is gone from the API though nobody saw its containers end.

    ``gone_seconds`` is the time since that was noticed, ``heard`` what an observer of its old address hears since.
    """

    place: PodPlace
    gone_seconds: float
    heard: Heard


@dataclass(frozen=True, slots=True)
class Observation:
    """One device, at one moment.

    ``device`` is the object's typed spec, ``None`` where it makes no sense, for the reasons in ``problem``. ``elder``
    is the device that has the same deviceId and works, ``predecessors`` are other devices' pods under that deviceId.
    ``verdict`` is what the running sidecar says of the configuration that is wanted, ``None`` while it has not said.
    ``image`` is that of the next pod, and ``pause_seconds`` is left of the pause after pods that failed. ``outdated``
    says how the cluster's definition of QuantumDevice is older than this operator; empty where it is not.
    """

    obj: Json
    device: QuantumDevice | None
    problem: str = ""
    elder: Key | None = None
    pod: Pod | None = None
    predecessors: Sequence[Pod] = ()
    lost: LostPod | None = None
    heard: Heard | None = None
    verdict: Verdict | None = None
    image: str = ""
    pause_seconds: float = 0.0
    outdated: str = ""
