"""The life of a fleet in the foreground: start, serve, and on a signal stop without leaving anything behind."""

import asyncio
import signal
from collections.abc import Callable, Coroutine

from qdm_cli.fleet.child import Tell
from qdm_cli.fleet.fleet import Fleet


async def run_until_stopped(
    fleet: Fleet, announce: Callable[[], Coroutine[None, None, None]], tell: Tell, *, grace: float
) -> None:
    """Runs the fleet until SIGINT, SIGTERM or SIGHUP, and returns when its processes are gone.

    A SIGHUP that was ignored at the start, as nohup asks for, stays ignored.
    ``announce`` runs beside it and may take its time. A second signal kills what is left at once.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def order_stop() -> None:
        if stop.is_set():
            fleet.kill()
            tell("killing what is left")
        else:
            stop.set()
            tell("stopping; Ctrl-C again kills at once")

    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, order_stop)
    fleet.start()
    try:
        async with asyncio.TaskGroup() as group:
            announcing = group.create_task(announce())
            await stop.wait()
            announcing.cancel()
    finally:
        await fleet.stop(grace=grace)
