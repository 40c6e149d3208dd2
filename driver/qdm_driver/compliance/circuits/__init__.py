"""The circuits that drivers are judged by, in every format, each with its exact distribution."""
