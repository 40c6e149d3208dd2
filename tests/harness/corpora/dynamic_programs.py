"""Small OpenQASM 3 programs that do different things in different runs, or compute while they run."""

from collections.abc import Mapping

HEAD = 'OPENQASM 3.1;\ninclude "stdgates.inc";\n'

DYNAMIC_PROGRAMS: Mapping[str, str] = {
    "measured twice": "qubit q; bit[2] c; h q; c[0] = measure q; c[1] = measure q;",
    "measured, flipped, measured": "qubit q; bit[2] c; h q; c[0] = measure q; x q; c[1] = measure q;",
    "a later write wins": "qubit[2] q; bit c; x q[0]; c = measure q[0]; c = measure q[1];",
    "bits never written": "qubit[2] q; bit[3] c; x q[1]; c[1] = measure q[1];",
    "several registers": """
    qubit[3] q; bit[2] low; bit flag; bit[2] high; x q[1]; low = measure q[0:1]; x q[2]; flag = measure q[2];
    high[1] = measure q[1];
    """,
    "an outcome that is forgotten": """
    qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; measure q[0]; h q[1]; c = measure q;
    """,
    "registers of OpenQASM 2": "qreg q[2]; creg c[2]; x q[1]; measure q -> c;",
    "slices": "qubit[4] q; bit[4] c; x q[1]; c[0:1] = measure q[2:3]; c[2:3] = measure q[0:1];",
    "negative index": "qubit[3] q; bit[3] c; x q[-1]; c = measure q;",
    "half of a pair is reset": "qubit[2] q; bit[2] c; h q[0]; cx q[0], q[1]; reset q[0]; c = measure q;",
    "reset and used again": """
    qubit q; bit[3] c; h q; c[0] = measure q; reset q; h q; c[1] = measure q; reset q; c[2] = measure q;
    """,
    "box and barrier": """
    qubit[2] q; bit[2] c; box { h q[0]; barrier q; cx q[0], q[1]; } barrier q[0], q[1]; c = measure q;
    """,
    "broadcast": "qubit[3] q; qubit[3] r; bit[3] c; bit[3] d; h q; cx q, r; c = measure q; d = measure r;",
    "modifiers": """
    gate g(t) a, b { ctrl @ ry(t) a, b; inv @ s b; } qubit[3] q; bit[3] c; h q[0]; ctrl @ g(1.3) q[0], q[1], q[2];
    x q[1]; negctrl @ g(0.8) q[0], q[1], q[2]; pow(3) @ rx(0.4) q[2]; c = measure q;
    """,
    "a global phase under control": "qubit[2] q; bit c; h q[0]; ctrl @ gphase(1.1) q[0]; h q[0]; c = measure q[0];",
    "controlled U": "qubit[2] q; bit[2] c; h q[0]; ctrl @ U(1.3, 0.4, 0.9) q[0], q[1]; h q[0]; c = measure q;",
    "controlled u3": "qubit[2] q; bit[2] c; h q[0]; ctrl @ u3(1.3, 0.4, 0.9) q[0], q[1]; h q[0]; c = measure q;",
    "controlled u2": "qubit[2] q; bit[2] c; h q[0]; ctrl @ u2(0.4, 0.9) q[0], q[1]; h q[0]; c = measure q;",
    "functions of angles": """
    qubit[2] q; bit[2] c; ry(arccos(0.5) + sqrt(2.0) * sin(0.3)) q[0]; ry(5.5 % 2.0) q[1]; c = measure q;
    """,
    "constants": """
    const int n = 3; const float angle_step = pi / n; qubit[n] q; bit[n] c; for int i in [0:n - 1] {
    ry(angle_step * (i + 1)) q[i]; } c = measure q;
    """,
    "teleportation": """
    qubit[3] q; bit[2] c; bit out; ry(1.1) q[0]; rz(0.4) q[0]; h q[1]; cx q[1], q[2]; cx q[0], q[1]; h q[0];
    c[0] = measure q[0]; c[1] = measure q[1]; if (c[1]) { x q[2]; } if (c[0]) { z q[2]; } rz(-0.4) q[2];
    ry(-0.6) q[2]; out = measure q[2];
    """,
    "if and else": """
    qubit[2] q; bit[2] c; ry(1.2) q[0]; c[0] = measure q[0]; if (c[0] == 1) { x q[1]; } else { ry(0.7) q[1]; }
    c[1] = measure q[1];
    """,
    "else if": """
    qubit[3] q; bit[3] c; h q[0]; h q[1]; c[0] = measure q[0]; c[1] = measure q[1]; if (c[0] == 0) { x q[2]; }
    else if (c[1] == 0) { ry(0.9) q[2]; } else { ry(2.1) q[2]; } c[2] = measure q[2];
    """,
    "if in if": """
    qubit[3] q; bit[3] c; h q[0]; h q[1]; c[0] = measure q[0]; c[1] = measure q[1]; if (c[0] == 1) {
    if (c[1] == 0) { x q[2]; } else { ry(0.5) q[2]; } } c[2] = measure q[2];
    """,
    "not and and": """
    qubit[3] q; bit[3] c; h q[0:1]; c[0] = measure q[0]; c[1] = measure q[1]; if (!c[0] && c[1]) { x q[2]; }
    c[2] = measure q[2];
    """,
    "or": """
    qubit[3] q; bit[3] c; h q[0:1]; c[0] = measure q[0]; c[1] = measure q[1]; if (c[0] || c[1]) { x q[2]; }
    c[2] = measure q[2];
    """,
    "a condition that its branch changes": """
    qubit[2] q; bit[2] c; h q[0]; c[0] = measure q[0]; if (c[0]) { x q[0]; c[0] = measure q[0]; x q[1]; }
    c[1] = measure q[1];
    """,
    "a range": "qubit[4] q; bit[4] c; for int i in [0:2] { ry(0.5 * i) q[i]; x q[3]; } c = measure q;",
    "a range with a step": "qubit[5] q; bit[5] c; for int i in [0:2:4] { x q[i]; } c = measure q;",
    "a range downwards": """
    qubit[4] q; bit[4] c; x q[3]; for int i in [2:-1:0] { cx q[i + 1], q[i]; } c = measure q;
    """,
    "a range of nothing": "qubit[2] q; bit[2] c; for int i in [3:1] { x q[0]; } c = measure q;",
    "a range of uints": "qubit[3] q; bit[3] c; for uint i in [0:2] { if (i >= 1) { x q[i]; } } c = measure q;",
    "a set": "qubit[5] q; bit[5] c; for int i in {1, 4} { x q[i]; } c = measure q;",
    "bits one by one": """
    qubit[2] q; bit[3] c; bit[2] d; h q; c[0:1] = measure q; reset q; int n = 0; for bit b in c { if (b == 1) {
    n += 1; } } if (n == 2) { x q[0]; } d = measure q;
    """,
    "measurement in a loop": """
    qubit[3] q; bit[3] c; for int i in [0:2] { h q[i]; if (i > 0) { cx q[i - 1], q[i]; } c[i] = measure q[i]; }
    """,
    "a loop in a loop": """
    qubit[3] q; bit[3] c; for int i in [0:2] { for int j in [i:2] { rx(0.6) q[j]; } } c = measure q;
    """,
    "a loop variable has its own scope": """
    qubit[3] q; bit[3] c; int i = 2; for int i in [0:0] { x q[i]; } x q[i]; c = measure q;
    """,
    "until it succeeds": """
    qubit[2] q; bit flag = 1; bit out; while (flag == 1) { reset q; ry(1.0) q[0]; cx q[0], q[1]; ry(0.7) q[1];
    flag = measure q[1]; } out = measure q[0];
    """,
    "while with a counter": """
    qubit[2] q; bit c; bit out; int n = 0; while (n < 3) { ry(0.6) q[0]; n = n + 1; } c = measure q[0];
    if (n == 3) { x q[1]; } out = measure q[1];
    """,
    "tries are counted": """
    qubit[2] q; bit c; bit[2] out; int n = 0; while (n < 3 && c == 0) { h q[0]; c = measure q[0]; n += 1; }
    if (n == 1) { x q[1]; } out[0] = measure q[1]; if (n == 3) { x q[1]; } out[1] = measure q[1];
    """,
    "one loop after another": """
    qubit[2] q; bit[2] c; bit m; int tries = 0; while (tries < 4) { h q[0]; m = measure q[0]; if (m) { break; }
    tries += 1; } while (tries > 1) { x q[1]; tries -= 1; } c = measure q;
    """,
    "break at an outcome": """
    qubit[4] q; bit[4] c; bit m; for int i in [0:3] { h q[i]; m = measure q[i]; if (m == 1) { break; } }
    c = measure q;
    """,
    "continue": "qubit[4] q; bit[4] c; for int i in [0:3] { if (i == 2) { continue; } x q[i]; } c = measure q;",
    "continue at an outcome": """
    qubit[3] q; bit[3] c; bit m; for int i in [0:2] { h q[i]; m = measure q[i]; if (m == 0) { continue; }
    reset q[i]; ry(0.8) q[i]; } c = measure q;
    """,
    "break leaves one loop": """
    qubit[3] q; bit[3] c; int n = 0; for int i in [0:2] { for int j in [0:2] { if (j == i) { continue; } n = n + 1;
    if (n > 4) { break; } } } if (n == 5) { x q[0]; } if (n == 6) { x q[1]; } c = measure q;
    """,
    "switch": """
    qubit[3] q; bit[2] c; bit out; int n = 0; h q[0:1]; c = measure q[0:1]; if (c[0] == 1) { n = n + 1; }
    if (c[1] == 1) { n = n + 2; } switch (n) { case 0 { x q[2]; } case 1, 2 { ry(1.0) q[2]; } default { } }
    out = measure q[2];
    """,
    "switch at a known number": """
    qubit[3] q; bit[3] c; int n = 5; switch (n) { case 5 { x q[0]; } case 6 { x q[1]; } } switch (n) { case 1 {
    x q[0]; } default { x q[2]; } } c = measure q;
    """,
    "a subroutine": """
    def flip(qubit a, qubit b) { x a; cx a, b; } qubit[3] q; bit[3] c; flip(q[0], q[2]); c = measure q;
    """,
    "a subroutine with a result": """
    def coin(qubit a) -> bit { reset a; h a; return measure a; } qubit q; bit[2] c; c[0] = coin(q); c[1] = coin(q);
    """,
    "a subroutine with numbers": """
    def turn(qubit a, int n, float t) { for int i in [1:n] { ry(t) a; } } qubit[2] q; bit[2] c; turn(q[0], 3, 0.4);
    turn(q[1], 1, 0.9); c = measure q;
    """,
    "an early return": """
    def f(qubit a, bit b) -> bit { if (b == 1) { return measure a; } x a; return measure a; } qubit[2] q; bit[3] c;
    h q[0]; c[0] = measure q[0]; c[1] = f(q[1], c[0]); c[2] = measure q[1];
    """,
    "a return out of a loop": """
    def f(qubit a) -> int { for int i in [0:3] { if (i == 2) { return i; } x a; } return 9; } qubit[2] q;
    int n = f(q[0]); if (n == 2) { x q[1]; } bit[2] c; c = measure q;
    """,
    "a subroutine on a register": """
    def all(qubit[3] r) { h r[0]; cx r[0], r[1]; cx r[1], r[2]; } qubit[3] q; bit[3] c; all(q); c = measure q;
    """,
    "a subroutine in a subroutine": """
    def g(qubit a) { h a; } def f(qubit a, qubit b) -> bit { g(a); cx a, b; return measure b; } qubit[2] q;
    bit[2] c; c[1] = f(q[0], q[1]); c[0] = measure q[0];
    """,
    "parity by a subroutine": """
    def parity(bit[3] b) -> bit { return b[0] ^ b[1] ^ b[2]; } qubit[3] q; bit[3] c; bit odd; ry(0.8) q;
    c = measure q; odd = parity(c);
    """,
    "integer arithmetic": """
    qubit[2] q; bit[2] c; int n = 7; int m = (n * 3 - 1) / 4 + n % 4; if (m == 8) { x q[0]; } if (m > 8) { x q[1]; }
    c = measure q;
    """,
    "a number that depends on outcomes": """
    qubit[3] q; bit[2] c; bit out; int n = 1; h q[0:1]; c = measure q[0:1]; if (c[0] == 1) { n = n * 3; }
    if (c[1] == 1) { n = n + 2; } if (n >= 5) { x q[2]; } out = measure q[2];
    """,
    "division goes towards zero": """
    qubit[3] q; bit[3] c; int a = -7; int b = 2; if (a / b == -3) { x q[0]; } if (a % b == -1) { x q[1]; }
    if (a / b == -4) { x q[2]; } c = measure q;
    """,
    "precedence": """
    qubit[3] q; bit[3] c; int n = -2 ** 2; if (n == -4) { x q[0]; } if (1 + 2 * 3 == 7 && 2 ** 3 ** 2 == 512) {
    x q[1]; } if ((6 & 3) == 2 && (6 | 1) == 7 && (6 ^ 3) == 5) { x q[2]; } c = measure q;
    """,
    "compound assignments": """
    qubit[3] q; bit[3] c; int n = 10; n -= 3; n *= 2; n /= 4; n %= 2; if (n == 1) { x q[0]; } c = measure q;
    """,
    "shifts of uints": """
    qubit[2] q; bit[2] c; uint[4] n = 3; n = n << 2; if (n == 12) { x q[0]; } n = n >> 3; if (n == 1) { x q[1]; }
    c = measure q;
    """,
    "floats": """
    qubit[2] q; bit[2] c; float angle_now = 0.3; for int i in [0:2] { angle_now = angle_now * 1.5;
    ry(angle_now) q[i % 2]; } c = measure q;
    """,
    "an angle": "qubit q; bit c; angle quarter = pi / 4; ry(quarter) q; c = measure q;",
    "an array": """
    qubit[2] q; bit[2] c; array[int[8], 3] a = {1, 0, 2}; if (a[2] == 2) { x q[0]; } a[1] = 5; if (a[1] == 5) {
    x q[1]; } c = measure q;
    """,
    "a bool": """
    qubit[2] q; bit[2] c; bool b = true; h q[0]; c[0] = measure q[0]; b = b && !c[0]; if (b) { x q[1]; }
    c[1] = measure q[1];
    """,
    "a bit of a comparison": "qubit q; bit c; bit d; h q; c = measure q; d = c == 0;",
    "exclusive or of bits": """
    qubit[3] q; bit[3] c; h q[0:1]; c[0] = measure q[0]; c[1] = measure q[1]; c[2] = c[0] ^ c[1];
    """,
    "registers bit by bit": """
    qubit[4] q; bit[2] a; bit[2] b; bit[2] both; h q; a = measure q[0:1]; b = measure q[2:3]; both = a & b;
    """,
    "parity in a loop": """
    qubit[3] q; bit[3] c; bit odd = 0; ry(0.8) q; c = measure q; for int i in [0:2] { odd = odd ^ c[i]; }
    """,
    "a sum of outcomes": """
    qubit[4] q; bit[4] c; bit[2] out; int n = 0; ry(1.0) q[0:2]; for int i in [0:2] { c[i] = measure q[i];
    if (c[i]) { n += i + 1; } } if (n > 3) { x q[3]; } out[0] = measure q[3]; if (n == 3) { x q[3]; }
    out[1] = measure q[3];
    """,
    "a product of outcomes": """
    qubit[3] q; bit[2] c; bit out; int n = 2; int m = 3; h q[0:1]; c = measure q[0:1]; if (c[0]) { n = n - 5; }
    if (c[1]) { m = m * 2; } if (n * m < -10) { x q[2]; } out = measure q[2];
    """,
    "an angle that depends on outcomes": """
    qubit[3] q; bit[2] c; bit out; int n = 0; h q[0:1]; c = measure q[0:1]; for int i in [0:1] { if (c[i]) {
    n += 1 + i; } } ry(0.7 * n) q[2]; out = measure q[2];
    """,
    "a qubit that depends on outcomes": """
    qubit[4] q; bit[2] c; bit[3] d; int n = 1; h q[0:1]; c = measure q[0:1]; if (c[0]) { n += 1; } if (c[1]) {
    n += 1; } x q[n]; d = measure q[1:3];
    """,
    "a range that depends on outcomes": """
    qubit[2] q; bit c; bit out; int n = 1; h q[0]; c = measure q[0]; if (c) { n = 3; } for int i in [1:n] {
    ry(0.4) q[1]; } out = measure q[1];
    """,
    "a switch on a sum": """
    qubit[4] q; bit[3] c; bit out; int n = 0; h q[0:2]; c = measure q[0:2]; for int i in [0:2] { if (c[i]) { n += 1;
    } } switch (n) { case 0 { } case 1 { x q[3]; } case 2 { ry(0.5) q[3]; } default { ry(1.5) q[3]; } }
    out = measure q[3];
    """,
    "a switch that changes what it looks at": """
    qubit[2] q; bit c; bit out; int n = 0; h q[0]; c = measure q[0]; if (c) { n = 1; } switch (n) { case 0 { n = 1;
    } case 1 { n = 2; } default { n = 9; } } if (n == 2) { x q[1]; } out = measure q[1];
    """,
    "a random walk": """
    qubit[2] q; bit c; bit out; int place = 0; int steps = 0; while (place < 2 && place > -2 && steps < 6) {
    reset q[0]; ry(1.2) q[0]; c = measure q[0]; if (c) { place += 1; } else { place -= 1; } steps += 1; }
    if (place > 0) { x q[1]; } out = measure q[1]; bit long; reset q[1]; if (steps > 2) { x q[1]; }
    long = measure q[1];
    """,
    "loops left in the middle": """
    qubit[3] q; bit m; bit[3] c; int n = 0; for int i in [0:2] { for int j in [0:3] { reset q[i]; ry(0.9) q[i];
    m = measure q[i]; if (m) { break; } if (j == 1) { continue; } n += 1; } if (n > 4) { break; } } c = measure q;
    bit big; reset q[0]; if (n >= 3) { x q[0]; } big = measure q[0];
    """,
    "a subroutine that counts": """
    def tries(qubit a) -> int { int n = 0; bit m = 0; while (m == 0 && n < 4) { reset a; ry(1.1) a; m = measure a;
    n += 1; } return n; } qubit[2] q; bit[2] c; int first = tries(q[0]); int second = tries(q[0]);
    if (first + second == 4) { x q[1]; } c = measure q;
    """,
    "a return from a loop at an outcome": """
    def f(qubit a) -> int { bit m; for int i in [1:3] { reset a; h a; m = measure a; if (m) { return i; } }
    return 0; } qubit[2] q; bit[2] c; int n = f(q[0]); if (n == 2 || n == 0) { x q[1]; } c = measure q;
    """,
    "comparisons of numbers": """
    qubit[3] q; bit[2] c; bit[3] d; int a = -3; int b = 2; h q[0:1]; c = measure q[0:1]; if (c[0]) { a = a + 5; }
    if (c[1]) { b = b - 4; } reset q; if (a < b) { x q[0]; } if (a <= b) { x q[1]; } if (a != b) { x q[2]; }
    d = measure q;
    """,
    "an element of an array": """
    qubit[2] q; bit c; bit out; array[int[8], 2] a = {1, 4}; int n = 0; h q[0]; c = measure q[0]; if (c) { n = 1; }
    if (a[n] == 4) { x q[1]; } out = measure q[1];
    """,
    "a bool that depends on outcomes": """
    qubit[3] q; bit[2] c; bit out; bool b = false; h q[0:1]; c[0] = measure q[0]; c[1] = measure q[1];
    b = c[0] != c[1]; if (!b || c[0]) { x q[2]; } out = measure q[2];
    """,
    "bitwise and shifts of outcomes": """
    qubit[3] q; bit[2] c; bit[2] d; uint[4] n = 1; h q[0:1]; c = measure q[0:1]; if (c[0]) { n = n << 2; }
    if (c[1]) { n = n | 2; } n = n ^ 4; reset q; if ((n & 6) == 6) { x q[0]; } if (n >> 1 == 1) { x q[1]; }
    d = measure q[0:1];
    """,
    "swapped numbers": """
    qubit[2] q; bit[2] c; int a = 1; int b = 2; int t1; h q[0]; c[0] = measure q[0]; if (c[0]) { t1 = a; a = b;
    b = t1; } if (a > b) { x q[1]; } c[1] = measure q[1];
    """,
    "a power of outcomes": """
    qubit[2] q; bit[2] c; int n = 2; h q[0]; c[0] = measure q[0]; if (c[0]) { n = 3; } if (n ** 2 == 9) { x q[1]; }
    c[1] = measure q[1];
    """,
    "a gate with a number from outcomes": """
    gate g(t) a { ry(t / 2) a; ry(t / 2) a; } qubit[2] q; bit[2] c; int n = 1; h q[0]; c[0] = measure q[0];
    if (c[0]) { n = 2; } g(n * pi / 5) q[1]; c[1] = measure q[1];
    """,
    "division and remainder of outcomes": """
    qubit[3] q; bit[2] c; bit[2] out; int[6] n = 17; h q[0:1]; c = measure q[0:1]; if (c[0]) { n = n - 25; }
    if (c[1]) { n = n - 4; } if (n / 3 == 5 || n / 3 == -4) { x q[2]; } out[0] = measure q[2];
    if (n % 5 == -3 || n % 5 == 3) { x q[2]; } out[1] = measure q[2];
    """,
    "an inner scope": """
    qubit[2] q; bit[2] c; int n = 1; if (true) { int n = 5; n = n + 1; } if (n == 1) { x q[0]; } c = measure q;
    """,
    "phase estimation, bit by bit": """
    qubit[2] q; bit[3] c; x q[1]; for int i in [0:2] { reset q[0]; h q[0]; for int k in [1:2 ** (2 - i)] {
    cp(2 * pi * 5 / 8) q[0], q[1]; } if (i > 0) { if (c[i - 1] == 1) { p(-pi / 2) q[0]; } } if (i > 1) {
    if (c[0] == 1) { p(-pi / 4) q[0]; } } h q[0]; c[i] = measure q[0]; }
    """,
}
"""Each after HEAD. Their results are the ``bit`` registers, in the order of their declaration."""
