"""What facade, sidecar and command line share: manifests, settings, logs, metrics, errors, server lifecycle."""
