"""Programs that a person would use, run as a person would."""

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path


class Failed(AssertionError):  # noqa: N818 - what the command did
    """A command ended with another exit code than 0; the text has its last words."""


async def run(*command: str | Path, seconds: float = 60.0, environment: Mapping[str, str] | None = None) -> str:
    """Runs a command to its end and returns what it printed.

    Raises Failed where its exit code is not 0, or where it takes longer than so many seconds; then it is killed.
    """
    name = " ".join(map(str, command))
    process = await asyncio.create_subprocess_exec(
        *command,
        env=os.environ | (environment or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds):
            output, errors = await process.communicate()
    except TimeoutError:
        raise Failed(f"{name}: not done after {seconds:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise Failed(f"{name}: exit code {process.returncode}\n{output.decode()}{errors.decode()}")
    return output.decode()
