"""The driver sidecar: DriverManagerService for one device, its driver in worker processes."""
