"""Searching for secrets: in files, in histories with every payload decoded, and on command lines."""

import asyncio
import base64
import binascii
import contextlib
import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
from temporalio.client import Client

Found = set[tuple[str, str]]
"""Where something was found, and what."""


def in_text(place: str, text: str, secrets: Mapping[str, str]) -> Found:
    """The secrets that stand in this text."""
    return {(place, name) for name, secret in secrets.items() if secret in text}


def in_files(folder: Path, secrets: Mapping[str, str]) -> Found:
    """The secrets in each file below the folder, of whatever kind, by its path from there."""
    found: Found = set()
    for path in folder.rglob("*"):
        # What ends meanwhile takes its files along.
        with contextlib.suppress(FileNotFoundError):
            if path.is_file() and not path.is_symlink():
                found |= _in_bytes(str(path.relative_to(folder)), path.read_bytes(), secrets)
    return found


async def in_histories(client: Client, secrets: Mapping[str, str]) -> tuple[int, Found]:
    """How many workflows there are, and the secrets in their histories and in what lists show of them."""
    number, found = 0, Found()
    async for execution in client.list_workflows(""):
        number += 1
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        history = json.loads((await handle.fetch_history()).to_json())
        shown = [str(execution.search_attributes), str(await execution.memo()), *_texts(history)]
        details = await handle.describe()
        shown += [str(details.raw_info), str(await details.static_summary())]
        found |= in_text(execution.id, "\n".join(shown), secrets)
    return number, found


@contextlib.asynccontextmanager
async def watching_command_lines(secrets: Mapping[str, str]) -> AsyncGenerator[Found]:
    """What is found on the command lines of all processes of this machine while the block goes on."""
    found: Found = set()
    watching = asyncio.create_task(_watch(secrets, found))
    try:
        yield found
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def _watch(secrets: Mapping[str, str], found: Found) -> None:
    while True:
        for pid in psutil.pids():
            with contextlib.suppress(psutil.Error):
                words = " ".join(psutil.Process(pid).cmdline())
                found |= in_text(words[:80], words, secrets)
        await asyncio.sleep(0.1)


def _in_bytes(place: str, content: bytes, secrets: Mapping[str, str]) -> Found:
    return {(place, name) for name, secret in secrets.items() if secret.encode() in content}


def _texts(value: Any) -> Iterator[str]:
    """Every text in a piece of JSON, as it is and, where that is possible, decoded from base64."""
    if isinstance(value, str):
        yield value
        with contextlib.suppress(binascii.Error, ValueError):
            yield base64.b64decode(value, validate=True).decode(errors="replace")
    for part in _parts(value):
        yield from _texts(part)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType] - the same
