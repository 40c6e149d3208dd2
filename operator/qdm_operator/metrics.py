"""Names of the operator's metrics: controller-runtime's, so that dashboards for operators show this one too."""

from collections.abc import Callable, Iterator

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from qdm_cluster.devices import device_id_of
from qdm_cluster.objects import Json, key_of

_CONTROLLER = "quantumdevice"
_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60)

_adds = Counter("workqueue_adds_total", "Keys put into the queue.", ["name"])
_depth = Gauge("workqueue_depth", "Keys waiting in the queue.", ["name"])
_wait = Histogram("workqueue_queue_duration_seconds", "Seconds a key waited.", ["name"], buckets=_SECONDS)
_work = Histogram("workqueue_work_duration_seconds", "Seconds one look took.", ["name"], buckets=_SECONDS)
_retries = Counter("workqueue_retries_total", "Keys that came back after a failure.", ["name"])
_unfinished = Gauge("workqueue_unfinished_work_seconds", "Seconds that looks in progress have taken.", ["name"])
_longest = Gauge("workqueue_longest_running_processor_seconds", "Seconds of the longest look in progress.", ["name"])

QUEUE_ADDS = _adds.labels(_CONTROLLER)
QUEUE_DEPTH = _depth.labels(_CONTROLLER)
QUEUE_WAIT_SECONDS = _wait.labels(_CONTROLLER)
QUEUE_WORK_SECONDS = _work.labels(_CONTROLLER)
QUEUE_RETRIES = _retries.labels(_CONTROLLER)
QUEUE_UNFINISHED_SECONDS = _unfinished.labels(_CONTROLLER)
QUEUE_LONGEST_SECONDS = _longest.labels(_CONTROLLER)

_reconciles = Counter("controller_runtime_reconcile_total", "Looks by outcome.", ["controller", "result"])
_errors = Counter("controller_runtime_reconcile_errors_total", "Looks that failed.", ["controller"])
_seconds = Histogram(
    "controller_runtime_reconcile_time_seconds", "Seconds a look took.", ["controller"], buckets=_SECONDS
)
_active = Gauge("controller_runtime_active_workers", "Looks in progress.", ["controller"])
_most = Gauge("controller_runtime_max_concurrent_reconciles", "The most looks at a time.", ["controller"])


RECONCILES = {result: _reconciles.labels(_CONTROLLER, result) for result in ("success", "error")}
RECONCILE_ERRORS = _errors.labels(_CONTROLLER)
RECONCILE_SECONDS = _seconds.labels(_CONTROLLER)
ACTIVE_RECONCILES = _active.labels(_CONTROLLER)
MAX_CONCURRENT_RECONCILES = _most.labels(_CONTROLLER)

LEADING = Gauge("leader_election_master_status", "Whether this replica leads: 1 or 0.", ["name"]).labels("qdm-operator")

DEVICES = Gauge("qdm_operator_devices", "QuantumDevices there are.")
RESYNC_CORRECTIONS = Counter("qdm_operator_resync_corrections_total", "Objects of which watching had told wrongly.")
DEFINITION_OUTDATED = Gauge(
    "qdm_operator_definition_outdated", "Whether the cluster's CRD is older than this operator."
)


class DeviceReadiness(Collector):
    """``qdm_device_ready``: 1 or 0 for each device, by the Ready condition of its status; no reason before it has one.

    ``devices`` returns all there are, and is called by the thread that serves metrics.
    """

    def __init__(self, devices: Callable[[], list[Json]]) -> None:
        self._devices = devices

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yields the metric."""
        labels = ["namespace", "name", "device_id", "reason"]
        family = GaugeMetricFamily("qdm_device_ready", "Whether a QuantumDevice is Ready: 1 or 0.", labels=labels)
        for obj in self._devices():
            conditions = (obj.get("status") or {}).get("conditions") or []
            ready: Json = next((condition for condition in conditions if condition["type"] == "Ready"), {})
            place = [*key_of(obj), device_id_of(obj), ready.get("reason", "")]
            family.add_metric(place, ready.get("status") == "True")
        yield family
