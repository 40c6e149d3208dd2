"""What the tests on a real cluster are made of: the cluster itself, a release in it, a kernel in a pod, a ledger."""
