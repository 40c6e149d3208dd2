"""What a device's capabilities say it cannot be asked; nothing else is a reason to skip."""

from qdm_driver.compliance.circuits.circuit import GradedCircuit
from qdm_driver.compliance.circuits.qasm import NATIVE_FORMAT
from qdm_driver.device import Capabilities
from qdm_driver.payload import CircuitFormat


def missing_format(capabilities: Capabilities, encoding: CircuitFormat) -> str:
    """Names the capability for want of which the kit's payloads in a format are not sent; empty where they are."""
    if encoding not in capabilities.formats:
        return encoding.name
    if encoding is CircuitFormat.BACKEND_NATIVE and capabilities.native_format != NATIVE_FORMAT:
        return f"native_format {NATIVE_FORMAT}"
    return ""


def missing_ability(capabilities: Capabilities, circuit: GradedCircuit) -> str:
    """Names the capability for want of which the circuit is not run; empty where it is."""
    if circuit.qubits > capabilities.max_qubits:
        return f"{circuit.qubits} qubits"
    if circuit.dynamic and not capabilities.dynamic_circuits:
        return "dynamic_circuits"
    return ""
