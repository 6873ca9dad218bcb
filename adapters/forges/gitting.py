"""Gitting: one git command run on a bare repository that nobody vouches for, with an end in time and in size.

What a repository brings along decides nothing here: no configuration but ours and its own, none of its hooks,
no remote that it could make git ask, no replaced objects, no credentials, no pager, no prompt.
"""

import asyncio
import shutil
from pathlib import Path

from adapters.gitting import environment
from domain.errors import PermanentError, TemporaryError
from domain.phases import Reason

OUTPUT_LIMIT = 8 * 1024 * 1024
"""Bytes that a command may answer: some 40,000 branches, or as many files of one commit."""

TIME_LIMIT = 20.0
"""Seconds that a command may take; each of ours takes milliseconds on a healthy disk."""

_COMPLAINT_LIMIT = 4_096

MISSING = "git is not installed here, and the local forge is made of it: install git 2.32 or newer"


async def run(
    folder: Path,
    *arguments: str,
    limit: int = OUTPUT_LIMIT,
    seconds: float = TIME_LIMIT,
    accepted: tuple[int, ...] = (0,),
) -> bytes:
    """What git wrote for these arguments on the bare repository in this folder.

    PermanentError(FORGE_REFUSED) with git's own first line if its exit code is not accepted or it wrote more
    than `limit` bytes; TemporaryError if it could not start or took longer than `seconds`.
    """
    process = await _start(folder, arguments)
    try:
        async with asyncio.timeout(seconds):
            output, complaint = await _read(process, limit, f"git {arguments[0]} on {folder.name}")
            code = await process.wait()
    except TimeoutError as error:
        raise TemporaryError(
            f"git {arguments[0]} on {folder.name} took longer than {seconds:.0f} s; is its disk well?",
            reason=Reason.FORGE_UNAVAILABLE,
        ) from error
    finally:
        await _end(process)
    if code not in accepted:
        raise PermanentError(_refusal(folder, arguments[0], code, complaint), reason=Reason.FORGE_REFUSED)
    return output


async def _start(folder: Path, arguments: tuple[str, ...]) -> asyncio.subprocess.Process:
    program = shutil.which("git")
    if program is None:
        raise PermanentError(MISSING, reason=Reason.FORGE_UNAVAILABLE)
    try:
        return await asyncio.create_subprocess_exec(
            program,
            *arguments,
            cwd="/",
            env=environment(folder),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise TemporaryError(f"git could not be started: {error}", reason=Reason.FORGE_UNAVAILABLE) from error


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        # Reads the pipes to their end as well, which `wait` alone would leave open behind it.
        await process.communicate()


async def _read(process: asyncio.subprocess.Process, limit: int, what: str) -> tuple[bytes, bytes]:
    output = await _bounded(process.stdout, limit)
    if len(output) > limit:
        raise PermanentError(
            f"{what} answered more than {limit} bytes, more than is read of anything", reason=Reason.FORGE_REFUSED
        )
    # Only now: git writes a line or two here, which the pipe holds until we come to read it.
    return output, await _bounded(process.stderr, _COMPLAINT_LIMIT)


async def _bounded(stream: asyncio.StreamReader | None, limit: int) -> bytes:
    content = bytearray()
    while stream is not None and len(content) <= limit:
        chunk = await stream.read(limit + 1 - len(content))
        if not chunk:
            break
        content += chunk
    return bytes(content)


def _refusal(folder: Path, verb: str, code: int, complaint: bytes) -> str:
    words = complaint.decode(errors="backslashreplace").strip().splitlines()
    return f"git {verb} on {folder.name} ended with {code}: {words[0] if words else 'and said nothing'}"
