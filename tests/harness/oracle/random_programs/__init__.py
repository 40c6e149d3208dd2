"""Random programs of what a format can say, for hypothesis.

A program is right by construction: names are in scope, qubits of a gate distinct, types equal, indices in range. It
ends, and it measures so seldom that all its histories can be followed.
"""
