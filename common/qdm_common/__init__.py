"""What all programs share: manifests, settings, logs, metrics, errors, server lifecycle."""

import os

GRPC_EXPERIMENTS = "-event_engine_client,-event_engine_listener"
"""Switches off gRPC's event engine, which hands what a socket says from thread to thread once more than the poller
before it: a tenth of a call's time, and a fifth of what the facade takes of a processor."""

os.environ.setdefault("GRPC_EXPERIMENTS", GRPC_EXPERIMENTS)  # read when gRPC is loaded, so here, before it can be
