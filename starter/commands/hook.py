"""The post-receive hook of a local repository: tells the previews, then shows the checklist as `remote:` lines.

It runs in the bare repository, started by git, which has taken the push already: whatever goes wrong here is told
and does not undo it. What could not be told now, the `heal` schedule finds within minutes.
"""

import asyncio
import os
import sys
from pathlib import Path

from temporalio.client import Client

from composition import git_forge
from domain.errors import MatineeError
from domain.pulls import PullChange, PullEvent
from settings import load
from starter import hooking
from starter.connecting import connect
from starter.dispatching import Dispatcher
from starter.following import follow, rolled_out, taken_down
from starter.receiving import Message


def main() -> None:
    """Tell and show; the exit code is always 0, because the push itself has been taken."""
    try:
        asyncio.run(_hook(sys.argv[1], sys.stdin.read(), Path.cwd().parents[2]))
    except (MatineeError, ValueError) as error:
        _say(f"matinee: {error}")
        _say("The push is kept; the preview follows within minutes once this is mended.")
    except KeyboardInterrupt:
        _say("No longer following; the preview goes on.")
    sys.stdout.flush()
    # As in starter.commands.main: the interpreter must not take itself apart under Temporal's library.
    os._exit(0)


async def _hook(repository: str, lines: str, data: Path) -> None:
    settings = load(data)
    forge = git_forge(settings)
    updates = hooking.parsed(lines)
    changes = await forge.record(repository, updates)
    if not changes:
        return
    client = await connect(settings)
    dispatcher = Dispatcher(client, settings.temporal.task_queue)
    for change, message in zip(changes, hooking.messages(changes), strict=True):
        _say(hooking.announcement(change))
        await dispatcher.dispatch(Message(key=message.key, signal=message.content))
    # One after the other, because `remote:` lines of two checklists at once cannot be told apart.
    for change in changes:
        await _show(client, change)


async def _show(client: Client, change: PullChange) -> None:
    settled = taken_down if change.event is PullEvent.CLOSED else rolled_out(change.commit)
    async for lines, _ in follow(client, change.key, settled):
        for line in lines:
            _say(line)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
