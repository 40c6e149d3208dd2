"""The process that imports a driver once, runs none of it, and forks a worker whenever the kit wants one.

Started as ``python -m qdm_driver.compliance.host.fork_server FD``. Whatever a worker leaves behind becomes a child of
this process, which ends them all before it ends itself.
"""

import ctypes
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import reduction
from multiprocessing.connection import Connection
from pathlib import Path

from qdm_driver.compliance.host.children import children_of
from qdm_driver.compliance.host.messages import Imported, NotImported
from qdm_driver.compliance.host.worker import serve
from qdm_driver.compliance.subject import Subject
from qdm_driver.discovery import DriverClass, DriverLoadError, discover, load_driver

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGCHLD)


def main() -> None:
    """Imports the driver that the kit names, tells what came of it, and forks until the kit closes the channel."""
    channel = Connection(int(sys.argv[1]))
    subject, artifacts = channel.recv()
    try:
        driver_class, imported = _import(subject)
    except DriverLoadError as error:
        channel.send(NotImported(str(error)))
        return
    channel.send(imported)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # children are reaped by the kernel
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    while (to_worker := _next_channel(channel)) is not None:
        if os.fork() == 0:
            channel.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _serve_and_exit(lambda: serve(driver_class, subject, artifacts, to_worker))
        to_worker.close()
    while children := children_of(os.getpid()):  # those of a child that ended come after it
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def _serve_and_exit(serve_calls: Callable[[], None]) -> None:
    try:
        serve_calls()
    finally:
        os._exit(0)  # the server's own clean-up is not the worker's


def _next_channel(channel: Connection) -> Connection | None:
    try:
        channel.recv()
    except EOFError:
        return None
    return Connection(reduction.recv_handle(channel))


def _import(subject: Subject) -> tuple[DriverClass, Imported]:
    before = _surroundings()
    sockets = _sockets()
    driver_class = load_driver(subject.driver, discover(subject.plugin_folders))
    sys.stdout.flush()
    printed = os.pread(sys.stdout.fileno(), 10_000, 0)
    return driver_class, Imported(
        version=driver_class.version,
        accepts_symbols=driver_class.options_model.accepts_symbols,
        printed=printed.decode(errors="replace"),
        threads=tuple(thread.name for thread in threading.enumerate() if thread is not threading.main_thread()),
        sockets=len(_sockets() - sockets),
        changed=tuple(name for name, value in _surroundings().items() if value != before[name]),
    )


def _surroundings() -> dict[str, object]:
    handlers = {f"the handler of {number.name}": signal.getsignal(number) for number in _SIGNALS}
    return {**handlers, "the working directory": Path.cwd(), "sys.stdout": sys.stdout, "sys.stderr": sys.stderr}


def _sockets() -> set[int]:
    return {fd for fd in (int(entry.name) for entry in Path("/proc/self/fd").iterdir()) if _is_socket(fd)}


def _is_socket(fd: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(fd).st_mode)
    except OSError:  # the one that listed the folder
        return False


if __name__ == "__main__":
    main()
