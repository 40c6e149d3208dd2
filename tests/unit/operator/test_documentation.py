import ast
import re
from pathlib import Path

from qdm_operator import reconciler, status, steps
from qdm_sidecar import device_state

DOCUMENT = Path(__file__).parents[3] / "docs" / "quantumdevice.md"
REASON = re.compile(r"[A-Z][a-z]+([A-Z][a-z]+)*")
# types, a pod's words, and a way to check
NO_REASONS = {"Ready", "ConfigValid", "Progressing", "Image", "Unknown", "CrashLoopBackOff", "Strict"}


def test_every_reason_that_a_condition_can_have_is_explained() -> None:
    sources = [Path(module.__file__ or "").read_text() for module in (steps, status, reconciler, device_state)]
    constants = {
        node.value
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and REASON.fullmatch(node.value)
    }
    text = DOCUMENT.read_text()
    assert constants - NO_REASONS - set(re.findall(r"`(\w+)`", text)) == set()
