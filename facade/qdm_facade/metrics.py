"""The facade's own metrics, defined here so that no other program serves them."""

from prometheus_client import Gauge

ROUTES = Gauge("qdm_facade_routes", "Devices the facade knows.")
CONNECTED_SIDECARS = Gauge("qdm_facade_connected_sidecars", "Sidecars whose Watch stream is alive.")
