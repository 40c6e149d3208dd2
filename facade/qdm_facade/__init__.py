"""The routing facade: DriverManagerService for a fleet, each call forwarded to the sidecar of its device."""
