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
from domain.checklists import COMMIT_LENGTH
from domain.errors import MatineeError, TemporaryError
from domain.pulls import PullChange, PullEvent
from settings import UP_FILE, load
from starter import hooking
from starter.connecting import connect
from starter.dispatching import Dispatcher
from starter.following import follow, goes_down, of_commit, rolled_out, taken_down


def main() -> None:
    """Tell and show; the exit code is always 0, because the push itself has been taken."""
    try:
        asyncio.run(_hook(sys.argv[1], sys.stdin.read(), Path.cwd().parents[2]))
    except (MatineeError, ValueError) as error:
        _say(f"matinee: {error}")
        _say("The push is kept; the preview follows within minutes once this is mended.")
    except (KeyboardInterrupt, BrokenPipeError):
        # Whoever pushed no longer listens.
        os._exit(0)
    # As in starter.commands.main: the interpreter must not take itself apart under Temporal's library.
    os._exit(0)


async def _hook(repository: str, lines: str, data: Path) -> None:
    settings = load(data)
    changes = await git_forge(settings).record(repository, hooking.parsed(lines))
    if not changes:
        return
    if not (data / UP_FILE).exists():
        # Another installation may answer where ours would by default, and this push is none of its business.
        raise TemporaryError(f"nothing runs in {data}; start `matinee up` with it")
    client = await connect(settings)
    dispatcher = Dispatcher(client, settings.temporal.task_queue)
    for message in hooking.messages(changes):
        await dispatcher.dispatch(message)
    # One after the other, because `remote:` lines of two checklists at once cannot be told apart.
    for change in changes:
        _say(hooking.announcement(change))
        await _show(client, change)


async def _show(client: Client, change: PullChange) -> None:
    closing = change.event is PullEvent.CLOSED
    settled, begun = (taken_down, goes_down) if closing else (rolled_out(change.commit), of_commit(change.commit))
    commit = change.commit
    async for lines, status in follow(client, change.key, settled, begun=begun):
        commit = status.commit
        for line in lines:
            _say(line)
    if commit != change.commit and not closing:
        _say(f"{commit[:COMMIT_LENGTH]} has taken its place." if commit else "It was not rolled out.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
