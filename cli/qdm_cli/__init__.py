"""The command `qdm`."""
