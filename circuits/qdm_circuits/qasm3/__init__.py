"""OpenQASM 3 text: its grammar, and the lowering of its syntax tree to a circuit.

``parser`` is the way in. Programs without control flow, which most are, take the short cut of ``straight_line``; the
complete way is ``syntax`` (text to tree) and ``lowering`` (tree to circuit), and both give the same circuit.
"""
