"""Our grammar of OpenQASM 3 against the language's reference parser: the same trees, places and refusals."""

import random
import re
from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest
from antlr4 import CommonTokenStream, InputStream
from antlr4.error.ErrorStrategy import BailErrorStrategy
from hypothesis import given, settings
from hypothesis import strategies as st
from openqasm3 import ast, parser

from qdm_circuits.qasm3.syntax import parse_syntax
from qdm_driver import InvalidRequestError

TOOLS: Any = parser  # untyped, and silent on the grammar's own classes
Start = tuple[int, int] | None
Nodes = dict[str, tuple[object, Start]]


def reference(program: str) -> ast.Program | None:
    """The reference's tree, ``None`` where it accepts no such program, which it shows by any exception at all."""
    lexer = TOOLS.qasm3Lexer(InputStream(program))
    lexer.removeErrorListeners()
    lexer.addErrorListener(TOOLS._RaiseOnErrorListener())
    tokens = CommonTokenStream(lexer)
    grammar = TOOLS.qasm3Parser(tokens)
    grammar.removeErrorListeners()
    grammar._errHandler = BailErrorStrategy()
    try:
        tokens.fill()
        for token in tokens.tokens:
            token.text = token.text  # which is looked up by the start otherwise
            token.start = token.column  # as the tree's builder takes a name's start for its column
        tree: ast.Program = TOOLS.QASMNodeVisitor().visitProgram(grammar.program())
    except Exception:  # noqa: BLE001
        return None
    return tree


def ours(program: str) -> ast.Program | None:
    try:
        return parse_syntax(program).tree
    except InvalidRequestError:
        return None


def nodes(tree: object, path: str = "program") -> Iterator[tuple[str, tuple[object, Start]]]:
    """Every field of a tree by its path: a leaf's value, or a node's class and where it starts."""
    if isinstance(tree, ast.QASMNode):
        yield path, (type(tree), (tree.span.start_line, tree.span.start_column) if tree.span else None)
        for field in fields(tree):
            if field.name != "span":
                yield from nodes(getattr(tree, field.name), f"{path}.{field.name}")
    elif isinstance(tree, list | tuple):
        yield path, (type(tree), None)
        for index, item in enumerate(tree):
            yield from nodes(item, f"{path}[{index}]")
    else:
        yield path, ((type(tree), tree), None)


def agree(program: str) -> bool:
    """Tells whether both accept the program; fails where their trees differ, in a field or in a place."""
    expected, found = reference(program), ours(program)
    if expected is None or found is None:
        assert expected is found
        return False
    places = dict(nodes(expected))
    for path, (value, start) in nodes(found):
        expected_value, expected_start = places.pop(path)
        assert (path, value) == (path, expected_value)
        if expected_start is not None:
            assert (path, start) == (path, expected_start)
    assert not places
    return True


def table(text: str) -> list[str]:
    """Programs of a table: two spaces or more, or a line's end, stand between them."""
    return re.split(r"\s*\n|\s{2,}", text.strip())


EXPRESSIONS = r"""
a  π  _a1  ℇ  ⅷ  ǅ  ʰ  (a)  ((a))  true  false  $0  $0[1]
0  007  1_0  0b1_0  0B1  0o17  0xaF_0  0XFf  1.5  1.  .5  1e5  1.e5  .5e-3  1_0.0_1e+1_0  2im  2.5 im
1ns  1.5us  2µs  3 ms  1e3s  100dt  "0"  "01_10"
-a  ~a  !a  --a  !-~a  -a ** b  a ** -b  a ** -b * c  a ** b ** c  -a[0]  !a == b  (a ** b) ** c
a + b - c  a - (b - c)  a * b / c % d  a + b * c  (a + b) * c  a << b >> c  a < b <= c > d >= e  a == b != c
a & b ^ c | d  a && b || c && d  a | b & c  a || b && c  a == b & c  a < b == c  a << b + c  a ^ b & c == d < e
f()  f(a)  f(a, b,)  f(f(a)[0])  sizeof(a)  sizeof(a, 1)  sin(pi / 2)  f(a) + 1
int(a)  int[8](a)  bit[2](a)[0]  uint(a) + 1  float[64](a)  angle[4](a)  bool(a)  complex[float](a)  complex(a)
duration(a)  array[int, 2](a)  durationof({ x q; })  durationof({}) + 1ns
a[0]  a[-1]  a[0][1]  a[0, 1]  a[0,]  a[{0, 1}]  a[{0,}]  a[0:2]  a[:]  a[0:]  a[:2]  a[0:1:2]  a[::2]  a[0::2]
a[0:1, 2]  (a)[0]  "01"[0]  f(a)[0][1]  a[b[c]]  (-a)[0]
"""
STATEMENTS = r"""
OPENQASM 3.0;
OPENQASM 3; x q;
OPENQASM 3.1; include "stdgates.inc"; qubit q;
include "a b.inc";
include 'it';
include "01";
defcalgrammar "openpulse";
pragma a  b // c
#pragma a.b(c)
@a
@a.b  c d // e
@reset
@a(1)
qubit q;
qubit[2] q;
qreg q;
qreg q[2];
creg c;
creg c[2];
bit c;
bit[2] c = "01";
bit c = measure q;
bit[2] c = measure q[0:1];
int i;
int[8] i = -1;
uint[n + 1] i;
float f = .5;
float[64] f;
angle[8] a = pi;
bool b = true;
complex c;
complex[float] c;
complex[float[32]] c = 1 + 2im;
duration d = 10ns;
stretch s;
array[int[8], 2] a;
array[float, 2, n] a = {{1, 2,}, {3, b}};
array[bit[2], 2] a = {};
array[complex[float], 1] a = {f(1)};
int a = {1, 2};
const int n = 2;
const float[32] f = 1.0;
const bit c = measure q;
input float theta;
input array[int, 2] a;
output bit[2] c;
let a = b;
let a = q[0:2];
let a = q[0] ++ r ++ s[{1, 2}];
let a = (b);
a = 1;
a[0] = b;
a[0][1, 2] += b;
a -= b; a *= b; a /= b; a &= b; a |= b; a ~= b; a ^= b; a <<= b; a >>= b; a %= b; a **= b;
a = measure q;
a[0] = measure q[0];
a += measure q;
measure q;
measure $0;
measure q[0] -> c[0];
measure q -> c;
reset q;
reset q[0];
reset $1;
barrier;
barrier q;
barrier q[0], $1, r,;
delay[10ns];
delay[2 * d] q[0], r;
x q;
x $0;
nop q;
sizeof q;
x q, r[0], s[1:2],;
rx(pi / 2) q;
u(1, 2, 3,) q;
x() q;
x[10ns] q;
rx(a)[10ns] q, r;
f[a] q;
inv @ x q;
pow(-1 / 2) @ x q;
ctrl @ x q, r;
ctrl(2) @ negctrl @ inv @ negctrl(n) @ u(1, 2, 3) q, r;
ctrl @ x[1ns] q, r;
gphase(pi);
gphase(pi,);
gphase(pi) q, r;
gphase(pi)[1ns] q;
ctrl @ gphase(-a) q;
inv @ gphase(a);
a;
f(a);
f(a)[0];
a[0];
a[0] + b;
f(a) ** 2;
int[8](a) + b;
"01" == c;
-a;
(a);
end;
{}
{ x q; { y q; } }
if (a) x q;
if (a) x q; else y q;
if (a) { x q; } else { y q; }
if (a) {} else if (b) {} else {}
if (a) if (b) x q; else y q;
if (a) { if (b) x q; } else y q;
if (a) end;
while (a < 2) { x q; break; }
while (a) continue;
while (a) { if (b) { break; } }
for int i in [0:2] { x q[i]; continue; }
for uint[8] i in [0:2:8] x q[i];
for int i in [:n] x q;
for float f in {1, 2.5,} rx(f) q;
for bit b in c { x q; }
for int i in c[0:2] x q;
for int i in f(a) { break; }
switch (a) {}
switch (a + 1) { case 1 { x q; } case 2, n, { y q; } default { z q; } }
switch (a) { default {} }
box { x q; }
box[100ns] { delay[10ns] q; }
gate g q {}
gate g() q, r {}
gate g(a, b,) q, r, { x q; ctrl @ gphase(a) q; barrier q; for int i in [0:2] { x q; } }
gate g q { const int n = 1; if (n) { x q; } }
def f() {}
def f() { return; }
def f(int a) -> int { return a + 1; }
def f(qubit q) -> bit { h q; return measure q; }
def f(int[8] a, bit b, qubit q, qubit[n] r, qreg s, qreg t[2], creg c,) { a = 1; if (a) { return; } }
def f(readonly array[int, 2, 3] a, mutable array[float[32], #dim = 2] b) -> bool { b[0] = a[1]; while (a) break; }
extern f();
extern f(int, bit[2], creg, creg[2], readonly array[int, 2], mutable array[int, #dim = n],) -> float[64];
cal {}
cal { a {b} " }
cal /* c */ {a;}
defcal x q {}
defcal rz(angle[20] theta, pi / 2, int[8](a), qubit q) $0, q -> bit { body {} }
defcal measure $0 -> bit {return 1;}
defcal reset q, {}
defcal delay() q {}
/* a * / ** */ x/**/q;//
x q; y q;
measurement q; format; index = information; bits[0] = ifs;
"""
ACCEPTED = [
    *(f"x = {expression};" for expression in table(EXPRESSIONS)),
    *(f"{line}\nx q;" if line.startswith("@") else line for line in STATEMENTS.strip().splitlines()),
    "@a\n@b c\n  \n// d\nx q;",
    "if (a) { @a\nx q; }",
    "x\r\n  q\t;\n\n y q;",
    "\r x q;",
    'x = a; /* a\nb */ y q; cal {\n\n} z\n q;\ninclude\n"a";',
]
REFUSED = r"""
;  x q  x q;;  x  x q r;  x q,, r;  x(1 q;  x[1:2] q;  x[0][1] q;  x(1)(2) q;  x[1](2) q;  x $0[1];  1 x;
(a;  a);  ();  a + ;  + a;  a b  a ** ;  a ++ b;  a =;  = a;  a == = b;  f(a = 1);  (a)(b);  f()();  a[0](1);
a[];  a[;  a];  a[,];  a[{}];  a[0:1:];  a[0:1:2:3];  a[{0}, 1];  {0};  a = {0};  f(,);  f(a,,);  f(measure q);
sizeof();
sizeof(1, 2, 3);  1__0;  1_;  0b2;  0o8;  0xg;  0O7;  1e;  1.5.2;  1abc;  5μs;  a.b;  a ? b;  a..b;  2 ns ns;
";  "" ;  a = "01_";  a = "2";  a = "01;  include;  include stdgates;  include "";  include "a;  include "a"
include "a" "b";
OPENQASM;  OPENQASM 3  OPENQASM a;  OPENQASM 3_0;  OPENQASM 3.;  OPENQASM 3.0ns;  x q; OPENQASM 3;
OPENQASM 3; OPENQASM 3;
@a  @  @1 x q;  pragma  #  #dim  $  $a;  x² q;  ٣ q;  `  \  € q;
qubit;  qubit 2;  qubit q[2];  qubit[] q;  qubit[2 q;  qubit q, r;  qreg[2] q;  qreg q[0];  creg q[-1];  let a;
let = b;  let a = {1};
int;  int a b;  int a = ;  int[0] a;  uint[-1] a;  angle[~a] b;  int[] a;  bool[2] a;  void a;  im;  complex[int] a;
complex[] a;  bit[2] c[2];
array a;  array[int] a;  array[stretch, 1] a;  array[int, -1] a;  array[int, ] a;  int a = {{1}, }, ;  int a = {,};
const a = 1;  const int a;  const qubit q;
input a;  input qubit q;  output int a = 1;  measure;  measure q -> ;  measure q, r;  int a = measure q + 1;
a = -measure q;  reset;  reset q, r;  reset q[;
delay q;  delay[] q;  barrier q[0] r;  pow @ x q;  inv(1) @ x q;  ctrl x q;  ctrl() @ x q;  ctrl @ ;  ctrl @ ctrl;
gphase;  gphase();  gphase(1, 2);  inv;
if a {}  if () {}  if (a)  if (a) ;  else {}  if (a) {} else  while {}  while (a)  for i in a {}  for int in a {}
for int i a {}  for int i in {} {}  for int i in [0] {}  for int i in [0:1 {}
switch a {}  switch (a) { x q; }  switch (a) { case {} }  switch (a) { case 1 x q; }
switch (a) { default {} default {} }  switch (a) { default {} case 1 {} }  switch (a) {
break;  continue;  return;  if (a) break;  def f() { break; }  while (a) { def f() {} }
while (a) { gate g q { break; } }  end  end a;
gate g {}  gate g q;  gate g(1) q {}  gate g q[2] {}  gate {}  gate g q { reset q; }  gate g q { measure q; }
gate g q { a = 1; }  gate g q { int a; }  gate g q { a = measure q; }
gate g q { const bit c = measure q; }  gate g q { gate h r {} }  gate g q { return; }  def f {}  def f()  def f(a) {}
def f() -> {}  def f() -> qubit {}  def f() { def g() {} }  def f() { qubit q; }
def f() { include "a"; }  def f() { array[int, 1] a; }  def f(readonly int a) {}  def f(array[int, 1] a) {}
def f(readonly array[int, #dim 2] a) {}  extern f;  extern f(a);  extern f(int a);  extern f(qubit);  extern f() {}
if (a) { qubit q; }  if (a) extern f();  while (a) { input int b; }  box { qubit q; }  box x q;  box[1ns];
durationof(x q;);  durationof { };  durationof({ x q });
cal  cal ;  cal {  cal {{}  cal a {}  defcal {}  defcal x {}  defcal x q  defcal x(a b) q {}  defcal x q -> {}
defcal 1 q {}  defcal x q[0] {}  defcalgrammar;  defcalgrammar openpulse;  {  }  {{}  /*  */  /* /* */ */  /
"""
NOT_ACCEPTED = [
    *table(REFUSED),
    "@a\n{ }",
    "@a\npragma b",
    "#pragma\nx q;",
    "\x00",
    "e\u0301 q;",
]
ONLY_OURS = {
    "": "an empty text is a program",
    "// nothing": "so is a comment",
    "ctrl @x q, r;": "the reference takes '@x' for an annotation",
    "@ a\nx q;": "spaces behind an '@' are spaces",
    'include /* c */ "a";': "comments may stand anywhere",
    "OPENQASM /* c */ 3;": "here, too",
    "x[1ns,] q;": "a comma may end any list in brackets",
    "def f(creg c[2]) {}": "the reference fails on the size",
    "defcal x(2 ns, true, a ** b) q {}": "an argument is any expression",
    "defcal x(readonly array[int, 2] a) q {}": "or any parameter",
}
ONLY_THE_REFERENCE = {
    "{ qubit q; }": "qubits are declared outside of all blocks",
    "switch (a) { case 1 { qubit q; } }": "a case is a block",
    "if (a) { array[int, 2](b); }": "arrays stand outside of all blocks, and no cast makes one",
    "gate g q { creg c; }": "gates have no classical variables",
    "gate g q { int(a); }": "nor casts that nobody sees",
    "for int i in a -b;": "a body is no end of the expression before it",
    "for int i in a (b);": "as above",
    "for int i in 2x q;": "a number and a name need a space between them",
    "defcal gate q {}": "a keyword is no name",
}


@pytest.mark.parametrize("program", ACCEPTED)
def test_a_program_gives_the_tree_and_the_places_of_the_reference(program: str) -> None:
    assert agree(program)


@pytest.mark.parametrize("program", NOT_ACCEPTED)
def test_what_the_reference_refuses_is_refused(program: str) -> None:
    assert not agree(program)


def test_programs_with_mistakes_are_accepted_and_refused_as_the_reference_does() -> None:
    sound = [program for program in ACCEPTED + NOT_ACCEPTED if not re.search("@|defcal|creg|/", program)]
    words = [re.findall(r"\s+|\w+|\W", program) for program in sound]
    dice = random.Random(20)  # noqa: S311
    for _ in range(4000):
        program = list(dice.choice(words))
        for _ in range(dice.randint(1, 3)):
            place = dice.randrange(len(program))
            program[place : place + dice.randint(0, 1)] = dice.choices(dice.choice(words), k=dice.randint(0, 1))
            program = program or [";"]
        agree("".join(program).strip() or ";")


@pytest.mark.parametrize("program", ONLY_OURS)
def test_what_only_we_accept_is_listed(program: str) -> None:
    assert ours(program)
    assert not reference(program)


@pytest.mark.parametrize("program", ONLY_THE_REFERENCE)
def test_what_only_the_reference_accepts_is_listed(program: str) -> None:
    assert not ours(program)
    assert reference(program)


def joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map(" ".join)


def listed(items: st.SearchStrategy[str], at_least: int = 1) -> st.SearchStrategy[str]:
    return st.lists(items, min_size=at_least, max_size=3).map(", ".join)


NAMES = st.sampled_from(["a", "b1", "q", "x", "π"])
LITERALS = st.sampled_from(["1", "0xf", "1.5", ".5e-3", "2im", "10ns", '"01"', "true", "$0"])
BINARY = st.sampled_from([operator.name for operator in ast.BinaryOperator])
SCALARS = st.sampled_from(["bit", "bool", "int[8]", "uint", "float[32]", "angle[n]", "complex[float]", "duration"])


def larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    index = st.one_of(smaller, joined(smaller, ":", smaller), joined(smaller, ":", smaller, ":", smaller), st.just(":"))
    return st.one_of(
        joined(smaller, BINARY, smaller),
        joined(st.sampled_from("-~!"), smaller),
        joined("(", smaller, ")"),
        joined(NAMES, "(", listed(smaller, 0), ")"),
        joined(SCALARS, "(", smaller, ")"),
        joined(NAMES, "[", listed(index), "]"),
        joined(NAMES, "[ {", listed(smaller), "} ]"),
    )


EXPRESSION = st.recursive(NAMES | LITERALS, larger, max_leaves=6)
OPERAND = st.one_of(NAMES, st.just("$1"), joined(NAMES, "[", EXPRESSION, "]"))
MODIFIER = st.one_of(st.just("inv @"), joined("pow (", EXPRESSION, ") @"), st.just("ctrl @"), st.just("negctrl(2) @"))
SIMPLE = st.one_of(
    joined(EXPRESSION, ";"),
    joined(NAMES, listed(OPERAND), ";"),
    joined(MODIFIER, NAMES, "(", listed(EXPRESSION), ")", listed(OPERAND), ";"),
    joined(MODIFIER, MODIFIER, "gphase (", EXPRESSION, ")", listed(OPERAND, 0), ";"),
    joined(NAMES, "[", EXPRESSION, "]", st.sampled_from(["=", "+=", "<<=", "**="]), EXPRESSION, ";"),
    joined(NAMES, "= measure", OPERAND, ";"),
    joined("measure", OPERAND, "->", NAMES, ";"),
    joined("delay [", EXPRESSION, "]", listed(OPERAND, 0), ";"),
    joined("barrier", listed(OPERAND, 0), ";"),
    joined(SCALARS, NAMES, "=", EXPRESSION, ";"),
    joined("const", SCALARS, NAMES, "=", EXPRESSION, ";"),
    joined("let", NAMES, "=", st.lists(EXPRESSION, min_size=1, max_size=3).map(" ++ ".join), ";"),
    joined("@note", EXPRESSION, "\n", NAMES, NAMES, ";"),
)


def holding(statement: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.one_of(statement, joined("{", st.lists(statement, max_size=2).map("\n".join), "}"))
    block = joined("{", statement, "}")
    return st.one_of(
        joined("if (", EXPRESSION, ")", body),
        joined("if (", EXPRESSION, ")", body, "else", body),
        joined("while (", EXPRESSION, ")", body),
        joined("for int i in [", EXPRESSION, ":", EXPRESSION, "]", body),
        joined("for int i in {", listed(EXPRESSION), "}", body),
        joined("for int i in", NAMES, block),
        joined("switch (", EXPRESSION, ") { case", listed(EXPRESSION), block, "default", block, "}"),
        joined("box [", EXPRESSION, "]", block),
        block,
    )


STATEMENT = st.recursive(SIMPLE, holding, max_leaves=4)
DEFINITION = st.one_of(
    joined("def f(", listed(joined(SCALARS, NAMES)), ") ->", SCALARS, "{", STATEMENT, "return", EXPRESSION, "; }"),
    joined("gate g(", listed(NAMES, 0), ")", listed(NAMES), "{", joined(NAMES, listed(OPERAND), ";"), "}"),
    joined("qubit [", EXPRESSION, "]", NAMES, ";"),
    joined("array [", SCALARS, ",", listed(NAMES), "]", NAMES, "= {", listed(EXPRESSION, 0), "} ;"),
    joined("extern f(", listed(SCALARS, 0), ") ->", SCALARS, ";"),
)
PROGRAM = st.lists(STATEMENT | DEFINITION, min_size=1, max_size=3).map("\n".join)


@settings(max_examples=300, deadline=None)
@given(PROGRAM)
def test_any_program_gives_the_tree_and_the_places_of_the_reference(program: str) -> None:
    assert agree(program)
