"""A driver whose module cannot be imported."""

raise RuntimeError("this module fails to import")
