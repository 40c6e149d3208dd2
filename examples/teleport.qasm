// Teleportation: the state of one qubit moves to another, carried by an entangled pair and two classical bits.
//
//   qdm run examples/teleport.qasm --device sim:local
//
// Measures in the middle of the circuit, and acts on what it saw while the other qubits wait (feed-forward).
OPENQASM 3.0;
include "stdgates.inc";

qubit message;
qubit alice;
qubit bob;

// Registers come in the order of their declaration, the first one rightmost: an outcome reads "received zz xx".
bit xx;
bit zz;
bit received;

// The state to send: neither 0 nor 1, and with a phase.
ry(0.7) message;
rz(1.1) message;

// Alice and Bob share a Bell pair.
h alice;
cx alice, bob;

// Alice measures the message against her half of the pair. All four results are equally likely and tell nothing ...
cx message, alice;
h message;
zz = measure message;
xx = measure alice;

// ... but they tell Bob how to turn his half into the message.
if (xx == 1) { x bob; }
if (zz == 1) { z bob; }

// To prove that it arrived, undo its preparation: `received` is 0, every time.
rz(-1.1) bob;
ry(-0.7) bob;
received = measure bob;
