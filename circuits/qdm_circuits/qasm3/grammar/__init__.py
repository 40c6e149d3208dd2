"""The grammar of OpenQASM 3: tokens, types, expressions and statements, each a layer on the one before.

It follows the language's reference grammar (github.com/openqasm/openqasm, ``source/grammar``) and makes the nodes of
``openqasm3.ast``. A node's span is that of its first token, lines from 1 and columns from 0.
"""
