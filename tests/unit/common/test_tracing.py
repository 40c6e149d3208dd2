import re

import pytest

from qdm_common.tracing import TraceContext

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(
    ("traceparent", "flags"),
    [
        (f"00-{TRACE}-{SPAN}-01", "01"),
        (f"00-{TRACE}-{SPAN}-00", "00"),
        (f"00-{TRACE}-{SPAN}-03", "03"),
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-adds", "01"),
    ],
)
def test_a_caller_s_trace_is_continued_in_a_new_span(traceparent: str, flags: str) -> None:
    context = TraceContext.continued(traceparent)
    assert (context.trace_id, context.flags) == (TRACE, flags)
    assert re.fullmatch("(?!0{16})[0-9a-f]{16}", context.span_id)
    assert context.span_id != SPAN


@pytest.mark.parametrize(
    "traceparent",
    [
        None,
        "",
        "nonsense",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}0-01",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-0x",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
        f" 00-{TRACE}-{SPAN}-01",
    ],
)
def test_what_is_no_trace_context_starts_a_new_unsampled_trace(traceparent: str | None) -> None:
    context = TraceContext.continued(traceparent)
    assert re.fullmatch("(?!0{32})[0-9a-f]{32}", context.trace_id)
    assert context.trace_id != TRACE
    assert context.flags == "00"


def test_two_new_traces_differ() -> None:
    assert TraceContext.continued(None).trace_id != TraceContext.continued(None).trace_id


def test_what_is_sent_on_is_continued_by_the_next() -> None:
    sent = TraceContext.continued(f"00-{TRACE}-{SPAN}-01")
    assert str(sent) == f"00-{TRACE}-{sent.span_id}-01"
    assert TraceContext.continued(str(sent)).trace_id == TRACE
