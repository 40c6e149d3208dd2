"""An independent oracle: programs of the tests' own, their exact probabilities, and their text in every format.

Nothing here knows how the product represents or runs a circuit. ``program`` is the language, ``interpreter`` its
meaning, ``qasm2``, ``qasm3`` and ``aqo`` write it down, ``strategies`` draws random programs, ``agreement`` compares.
"""
