"""The checks. A check's name is its function's without ``test_``, its promise the first line of the docstring."""
