"""Progress on standard error, for a terminal only, and only where work takes longer than a second."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

_PATIENCE_SECONDS = 1.0

Advance = Callable[[int, str], None]


@contextmanager
def progress(console: Console, what: str, total: int) -> Iterator[Advance]:
    """Gives a function that is told how many of ``total`` are done and what comes now; needs a running loop."""
    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=console.quiet or not console.is_terminal,
    )
    task = shown.add_task(what, total=total)
    start = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, shown.start)

    def advance(done: int, now: str) -> None:
        shown.update(task, completed=done, description=now)

    try:
        yield advance
    finally:
        start.cancel()
        if shown.live.is_started:
            shown.stop()
