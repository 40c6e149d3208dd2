"""What every test stands on."""

import asyncio


def pytest_configure() -> None:
    """Keeps looptime from asking for an event loop where there is none, which would make one that nobody closes."""
    asyncio.set_event_loop(None)
