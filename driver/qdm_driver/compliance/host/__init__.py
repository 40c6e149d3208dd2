"""Plays the sidecar: a process that imported the driver and runs none of it, and workers that are forked from it."""
