"""The drivers that come with the sidecar: every ``*_driver.py`` here, and the modules they are made of."""

import os

# Qiskit's allocator maps 1 GiB ahead when it is loaded, which would count against the limit of a worker's memory.
os.environ.setdefault("MIMALLOC_ARENA_EAGER_COMMIT", "0")
