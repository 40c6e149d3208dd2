"""OpenQASM 3 that is expensive where a reader is careless."""

from collections.abc import Mapping

from wild_input.filling import MakeInput, nested, numbered, repeated

_HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
_ONE = f"{_HEAD}qubit q;\nbit c;\n"
_WIDE = f"{_HEAD}qubit[10000] q;\nbit[10000] c;\n"
_LOOPS = "".join(f"for int i{n} in [0:99] {{ " for n in range(6))

OPENQASM3: Mapping[str, MakeInput] = {
    "zeros": repeated("\0"),
    "brackets": repeated("(", _ONE),
    "square brackets": repeated("[", _ONE),
    "braces": repeated("{", _ONE),
    "spaces": repeated(" ", _ONE),
    "lines": repeated("\n", _ONE, "fly q;"),
    "comments": repeated("//\n", _ONE),
    "block comments": repeated("/**/", _ONE),
    "an open comment": repeated("/*", _ONE),
    "semicolons": repeated(";", _ONE),
    "a long name": repeated("a", _ONE),
    "a long name that nobody declared": repeated("a", f"{_ONE}x ", ";"),
    "a long gate that nobody defined": repeated("a", _ONE, " q;"),
    "a long input": repeated("a", f"{_ONE}input float ", ";"),
    "a long name of letters beyond ASCII": repeated("é", _ONE),
    "a long number": repeated("9", f"{_ONE}rx(", ") q;"),
    "a long hexadecimal number": repeated("f", f"{_ONE}const int n = 0x", ";"),
    "a long binary number": repeated("1", f"{_ONE}const int n = 0b", ";"),
    "a long number of underscores": repeated("1_", f"{_ONE}const int n = ", "1;"),
    "a long fraction": repeated("3", f"{_ONE}rx(0.", ") q;"),
    "a long exponent": repeated("9", f"{_ONE}rx(1e", ") q;"),
    "a long index": repeated("9", f"{_WIDE}h q[", "];"),
    "a long size": repeated("9", f"{_ONE}qubit[", "] r;"),
    "a long bit string": repeated("1", f'{_ONE}bit[100] d = "', '";'),
    "a long shift": repeated("9", f"{_ONE}const int n = 1 << ", ";"),
    "an open text": repeated("x", f'{_ONE}include "'),
    "a long pragma": repeated("x", f"{_ONE}pragma ", "\n"),
    "many pragmas": repeated("pragma x\n", _ONE),
    "many annotations": repeated("@x\n", _ONE, "x q;"),
    "calibrations": nested("{", "}", f"{_ONE}cal "),
    "open brackets": repeated("(", f"{_ONE}rx("),
    "nested brackets": nested("(", ")", f"{_ONE}rx(", "1", ") q;"),
    "nested functions": nested("sin(", ")", f"{_ONE}rx(", "1", ") q;"),
    "nested casts": nested("int(", ")", f"{_ONE}const int n = ", "1", ";"),
    "nested indices": nested("c[", "]", f"{_ONE}x ", "0", ";"),
    "nested blocks": nested("{", "}", _ONE),
    "nested branches": nested("if(c){", "}", _ONE),
    "nested loops": nested("while(c){", "}", _ONE),
    "branches without braces": repeated("if(c)", _ONE, "x q;"),
    "branches otherwise": repeated("if(c)x q; else ", _ONE, "x q;"),
    "switches": nested("switch(1){case 1{", "}}", _ONE),
    "signs": repeated("-", f"{_ONE}rx(", "1) q;"),
    "complements": repeated("!", f"{_ONE}if(", "c) x q;"),
    "bitwise complements": repeated("~", f"{_ONE}int n = ", "1;"),
    "a sum": repeated("1+", f"{_ONE}rx(", "1) q;"),
    "a power": repeated("1**", f"{_ONE}rx(", "1) q;"),
    "a conjunction": repeated("c&&", f"{_ONE}if(", "c) x q;"),
    "a conjunction of comparisons": repeated("c==1&&", f"{_ONE}if(", "c==1) x q;"),
    "an exclusive or": repeated("c^", f"{_ONE}bit d = ", "c;"),
    "a concatenation": repeated("q++", f"{_ONE}let a = ", "q;"),
    "a chain of aliases": numbered(lambda n: f"let a{n + 1}=a{n};\n", f"{_HEAD}qubit[10000] a0;\n", "x a0;"),
    "growing aliases": numbered(lambda n: f"let a{n + 1}=a{n}++a{n};\n", f"{_ONE}let a0=q;\n", "x q;"),
    "aliases of slices": numbered(lambda n: f"let a{n}=q[0:9998];\n", _WIDE),
    "a wide product": repeated("n=n*n;", f"{_ONE}uint[5000] n=3;"),
    "many comparisons of measured integers": repeated(
        "if(n<m)x q;", f"{_ONE}int n; int m; c=measure q; n[3]=c; m[4]=c;"
    ),
    "many shifts": repeated("n=n<<1;", f"{_ONE}uint[10000] n=1; c=measure q; n[1]=c;"),
    "many indices that are measured": repeated("x r[n];", f"{_ONE}qubit[1024] r; uint[10] n; c=measure q; n[0]=c;"),
    "a chain of writes that nothing reads": numbered(
        lambda n: f"bit b{n + 1};b{n + 1}=b{n};", f"{_ONE}c=measure q; if(c){{bit b0;b0=c;", "}"
    ),
    "many floats": numbered(lambda n: f"float f{n}={n};", f"{_ONE}c=measure q;"),
    "branches around many floats": numbered(
        lambda n: f"float f{n};" if n < 20_000 else "if(c)x q;", f"{_ONE}c=measure q;"
    ),
    "many calls of subroutines": repeated("f(q);", f"{_ONE}def f(qubit a) {{ bit b; b=measure a; if(b)x a; }}\n"),
    "many arrays": numbered(lambda n: f"array[int[8],10] a{n};", _ONE),
    "many switches": repeated("switch(n){case 1,2,3{x q;} default{}}", f"{_ONE}uint[4] n; c=measure q; n[0]=c;"),
    "modifiers": repeated("ctrl@", _ONE, "x q;"),
    "inverses": repeated("inv@", _ONE, "x q;"),
    "powers": repeated("pow(2)@", _ONE, "x q;"),
    "many controls": numbered(lambda n: "ctrl@" if n < 5000 else f"q[{n - 5000}],", _WIDE, "q[9999];"),
    "a power of a gate": repeated("pow(1000000000)@x q;", _ONE),
    "a loop of a thousand million": repeated("for int i in [1:1000000000]{}", _ONE),
    "loops in loops": repeated("x q;", f"{_ONE}{_LOOPS}", "}" * 6),
    "empty loops in loops": repeated(f"{_LOOPS}{'}' * 6}", _ONE),
    "a loop that never ends": repeated("while(true){}", _ONE),
    "a loop over many values": numbered(lambda n: f",{n}", f"{_ONE}for int i in {{0", "} { x q; }"),
    "a gate of doubled gates": numbered(
        lambda n: f"gate g{n + 1} a {{ g{n} a; g{n} a; }}\n", f"{_ONE}gate g0 a {{ x a; }}\n", "g5000 q;"
    ),
    "a gate of doubled empty gates": numbered(
        lambda n: f"gate g{n + 1} a {{ g{n} a; g{n} a; }}\n", f"{_ONE}gate g0 a {{ }}\n", "g5000 q;"
    ),
    "a chain of gates": numbered(
        lambda n: f"gate g{n + 1}(t) a {{ g{n}(t+t) a; }}\n", f"{_ONE}gate g0(t) a {{ rx(t) a; }}\n", "g20000(0) q;"
    ),
    "subroutines that call twice": numbered(
        lambda n: f"def f{n + 1}(qubit a) {{ f{n}(a); f{n}(a); }}\n", f"{_ONE}def f0(qubit a) {{ x a; }}\n", "f5000(q);"
    ),
    "a subroutine that calls itself": repeated("x a;", f"{_ONE}def f(qubit a) {{ f(a);", "} f(q);"),
    "many calls of a long formula": numbered(
        lambda n: f"g({n}) q;", f"{_ONE}gate g(t) a {{ rx(t{'+t' * 250_000}) a; }}\n"
    ),
    "many calls of a long body": numbered(lambda n: f"g({n}) q;", f"{_ONE}gate g(t) a {{ {'rx(t) a; ' * 50_000} }}\n"),
    "many angles": repeated("1,", f"{_ONE}rx(", "1) q;"),
    "many parameters": numbered(lambda n: f",t{n}", f"{_ONE}gate g(t", ") a { }"),
    "many operands": repeated("q,", f"{_ONE}h ", "q;"),
    "many indices": repeated("0,", f"{_WIDE}h q[{{", "0}];"),
    "many slices": repeated("h q[0:9999];", _WIDE),
    "many wide calls": repeated("x q;", _WIDE),
    "many wide calls of nothing": repeated("g q;", f"{_WIDE}gate g a {{ }}\n"),
    "many wide barriers": repeated("barrier q;", _WIDE),
    "many wide resets": repeated("reset q;", _WIDE),
    "many wide measurements": repeated("c=measure q;", _WIDE),
    "many wide conditions": repeated("if(c==1)x q[0];", _WIDE, "c[0]=measure q[0];"),
    "many wide conditions after a measurement": repeated("if(c==1)x q[0];", f"{_WIDE}c[0]=measure q[0];\n"),
    "many registers": numbered(lambda n: f"qubit r{n};", _ONE),
    "many bits": numbered(lambda n: f"bit b{n};", _ONE),
    "many integers": numbered(lambda n: f"int n{n};", _ONE),
    "many constants": numbered(lambda n: f"const int n{n}={n};", _ONE),
    "a chain of constants": numbered(lambda n: f"const int n{n + 1}=n{n}*2;", f"{_ONE}const int n0=1;"),
    "an integer that grows": repeated("n=n+n;", f"{_ONE}int n=1; c=measure q; n[0]=c;"),
    "an integer that is multiplied": repeated("n=n*n;", f"{_ONE}int n=1; c=measure q; if(c) {{n=3;}}"),
    "a wide integer": repeated("n=n+1;", f"{_ONE}uint[10000] n=1; c=measure q; if(c) {{n=3;}}"),
    "a large array": repeated("x q;", f"{_ONE}array[int, 1000, 1000, 1000] a;"),
    "many definitions": numbered(lambda n: f"gate g{n} a{{}}", _ONE),
    "many branches": repeated("if(c)x q;", f"{_ONE}c=measure q;"),
    "many loops that end": repeated("while(c){c=measure q;}", f"{_ONE}c=measure q;"),
    "many breaks": repeated("if(c){break;}", f"{_ONE}while(true){{c=measure q;", "}"),
    "many returns": repeated("if(c){return;}", f"{_ONE}def f(qubit a) {{bit c; c=measure a;", "} f(q);"),
    "many calls": repeated("x q;", _ONE),
    "many rotations": numbered(lambda n: f"U(0.{n},pi/{n + 1},-{n}*pi) q;", _ONE),
    "many modified gates": repeated("inv@x q;", _ONE),
}
