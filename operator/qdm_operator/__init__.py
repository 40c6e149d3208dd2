"""The operator: for every QuantumDevice one sidecar pod, and a status that says what is true of it."""
