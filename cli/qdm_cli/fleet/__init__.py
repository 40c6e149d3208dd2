"""A fleet on one machine: a sidecar process a device, a facade in front, one supervisor."""
