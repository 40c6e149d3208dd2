"""Names of the metrics of drivers and calls, and the HTTP endpoint that serves what a program has."""

import logging

from prometheus_client import Counter, Gauge, Histogram, start_http_server

_log = logging.getLogger(__name__)

# From a call that only answers from memory to a job of an hour.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)

DRIVER_REQUESTS = Counter(
    "eigen_driver_requests_total", "Requests a driver was asked for, by outcome.", ["driver", "device_id", "op", "code"]
)
DRIVER_REQUEST_SECONDS = Histogram(
    "eigen_driver_request_duration_seconds",
    "Seconds from a request's arrival at the sidecar to its end, waiting included.",
    ["driver", "device_id", "op"],
    buckets=_SECONDS,
)
DRIVER_WAIT_SECONDS = Histogram(
    "eigen_driver_backend_wait_seconds",
    "Seconds a job waited in the device's queue before its driver was called.",
    ["driver", "device_id"],
    buckets=_SECONDS,
)
DRIVER_QUEUE_DEPTH = Gauge("eigen_driver_queue_depth", "Jobs waiting in the device's queue.", ["driver", "device_id"])
DRIVER_GAUGE = Gauge(
    "eigen_driver_gauge",
    "What one of the device's driver processes last told of itself under a name of the driver's own.",
    ["driver", "device_id", "name"],
)
DRIVER_WORKER_RESTARTS = Counter(
    "eigen_driver_worker_restarts_total",
    "Worker processes that ended, or failed to start, and were replaced.",
    ["driver", "device_id", "reason"],
)

GRPC_HANDLED = Counter(
    "grpc_server_handled_total", "Calls completed by the server.", ["grpc_service", "grpc_method", "grpc_code"]
)
GRPC_SECONDS = Histogram(
    "grpc_server_handling_seconds",
    "Seconds from a call's arrival to its end.",
    ["grpc_service", "grpc_method"],
    buckets=_SECONDS,
)


def serve_metrics(listen: str) -> int:
    """Serves /metrics over HTTP from a thread of its own and returns the port. Raises OSError where it can't listen."""
    host, _, port = listen.rpartition(":")
    try:
        server, _ = start_http_server(int(port), addr=host.strip("[]"))
    except (OSError, OverflowError) as error:
        raise OSError(f"QDM_METRICS_LISTEN: cannot listen on {listen}: {error}") from None
    _log.info("metrics on %s:%d", host, server.server_port, extra={"fields": {"stage": "start"}})
    return server.server_port
