"""Loaded once by the forkserver, so that every worker starts with its driver's engines already imported.

The forkserver itself runs no driver code beyond this import, and holds neither threads nor gRPC.
"""

import os
from contextlib import suppress
from pathlib import Path

import qdm_sidecar.worker.main  # noqa: F401 - what every worker needs
from qdm_common import GRPC_EXPERIMENTS
from qdm_driver.discovery import DriverLoadError, discover, load_driver

DRIVER_VARIABLE = "QDM_PRELOAD_DRIVER"
FOLDERS_VARIABLE = "QDM_PRELOAD_FOLDERS"

# What the sidecar tells its own gRPC is not for that of a driver's SDK.
if os.environ.get("GRPC_EXPERIMENTS") == GRPC_EXPERIMENTS:
    del os.environ["GRPC_EXPERIMENTS"]

if DRIVER_VARIABLE in os.environ:
    _folders = [Path(folder) for folder in os.environ[FOLDERS_VARIABLE].split(os.pathsep)]
    with suppress(DriverLoadError):  # the worker says it, where somebody listens
        load_driver(os.environ[DRIVER_VARIABLE], discover(_folders))
