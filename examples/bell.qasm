// A Bell pair: two qubits that always agree, though each alone is a fair coin.
//
//   qdm run examples/bell.qasm --device sim:local
//
// Expect about half 00 and half 11, and never 01 or 10.
OPENQASM 3.0;
include "stdgates.inc";

qubit[2] q;
bit[2] c;

h q[0];        // q[0] is 0 and 1 at once
cx q[0], q[1]; // q[1] follows it

c = measure q; // c[0] is the rightmost character of an outcome
