"""What facade and operator share of Kubernetes: names, the API, watching, and which device answers to an id."""
