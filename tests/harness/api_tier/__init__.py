"""A Kubernetes without machines: a real API server on a real etcd, and nodes that are played.

What an operator does is seen in the API and in what it calls; containers are only the place where its sidecars would
run. So the API server is the real one, and a played kubelet runs sidecars as plain processes, or on paper.
"""
