"""What computes counts: engines behind one interface, and the choice between them."""

import os

# Qiskit's allocator maps 1 GiB ahead when it is loaded, which would count against the limit of a worker's memory.
os.environ.setdefault("MIMALLOC_ARENA_EAGER_COMMIT", "0")

# Threads of an engine that wait for work by spinning would take the processor from whoever has some: on two busy ones
# a circuit of 10 qubits took a quarter longer.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
