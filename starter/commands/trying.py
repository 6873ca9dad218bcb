"""`matinee try`: a preview of a repository of one's own, with no remote to set up."""

import asyncio
import itertools
from pathlib import Path

import click

from composition import git_forge
from domain.definitions import DEFINITION_PATH
from domain.errors import PermanentError
from domain.messages import Push, Status
from domain.names import Key
from domain.phases import Phase, Reason
from settings import UP_FILE, Settings, load
from starter.commands import ending
from starter.commands.checkouts import Checkout, checkout_at, claimed
from starter.commands.displaying import followed
from starter.commands.options import INTERRUPTED, data_option
from starter.connecting import connect
from starter.dispatching import Dispatcher
from starter.following import PAUSE, of_commit, rolled_out
from starter.receiving import Message

OWNER = "local"

FIRST_VERSION = """\
version: 1
services:
  web:
    build: echo nothing to build     # runs in the commit's tree, once for each commit
    command: sh -c 'exec python3 -m http.server "$PORT" --bind 127.0.0.1'
    port: 8000                       # which port it is in the end, $PORT says
    public: true
    health: /
# database:
#   service: web                     # in whose tree the commands below run
#   migrate: ./migrate               # brings the schema up to date
#   migrations: migrations           # the folder that says which migrations a commit has
#   seed: ./seed                     # fills an empty, migrated database; previews get copies of it
#   variable: DATABASE_URL           # gets the connection
lifetime: 7d
"""


@click.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path), default=".")
@click.option("--branch", help="The branch to preview.  [default: the one that is checked out]")
@click.option("--write", is_flag=True, help=f"Write a first {DEFINITION_PATH} if there is none, and stop.")
@data_option
def command(path: Path, branch: str | None, write: bool, data: Path | None) -> int:
    """Preview the repository at PATH: its committed state, on the `matinee up` that runs on this machine.

    Shows the checklist and ends with the URL; the exit code is 1 if the preview is not ready. Called again after a
    commit, it updates the same preview.
    """
    if write:
        asyncio.run(_write(path))
        return 0
    codes: list[int] = []

    async def work() -> None:
        codes.append(await _try(path, branch, load(data)))

    if not ending.run(work, ending="No longer following; what was pushed goes on."):
        return INTERRUPTED
    return codes[0]


async def _write(path: Path) -> None:
    file = (await checkout_at(path)).root / DEFINITION_PATH
    if file.exists():
        raise PermanentError(f"{file} is there already; commit it, and try without --write")
    file.write_text(FIRST_VERSION)
    click.echo(f"Wrote {file}. Make it true of your application, commit it, and run `matinee try`.")


async def _try(path: Path, branch: str | None, settings: Settings) -> int:
    checkout = await checkout_at(path)
    wanted = branch or await checkout.branch()
    commit = await checkout.head(wanted)
    if not await checkout.holds(wanted, DEFINITION_PATH):
        return _teach(checkout, wanted)
    if not (settings.data / UP_FILE).exists():
        raise PermanentError(
            f"nothing runs in {settings.data}; start `matinee up` in another terminal, then try again",
            reason=Reason.SETTINGS,
        )
    if branch is None and await checkout.is_changed():
        click.secho("Uncommitted changes are not in the preview; commit them and try again.", err=True, fg="yellow")
    status = await _previewed(checkout, wanted, commit, settings)
    return 0 if status.phase is Phase.READY and status.live_commit == commit else 1


def _teach(checkout: Checkout, branch: str) -> int:
    """The exit code, after it was said how to get the definition that the branch lacks."""
    file = checkout.root / DEFINITION_PATH
    if file.exists():
        raise PermanentError(f"{file} is not committed on {branch}; commit it and try again")
    click.echo(
        f"{checkout.root} has no {DEFINITION_PATH}, which says how to run it. "
        f"`matinee try --write` writes this first version:\n\n{FIRST_VERSION}",
        err=True,
    )
    return 1


async def _previewed(checkout: Checkout, wanted: str, commit: str, settings: Settings) -> Status:
    """The status of the preview once this commit's rollout has ended; its checklist was shown on the way."""
    default = await checkout.default_branch()
    # The default branch is no pull request, so that another name has to stand in for it.
    target = f"try-{wanted}" if wanted == default else wanted
    repository, remote = await _remote(checkout, default, settings)
    await checkout.push(remote, default, default)
    pushing = asyncio.create_task(checkout.push(remote, wanted, target))
    try:
        key = await _landed(repository, target, commit, settings, pushing)
        return await _followed(key, commit, settings)
    finally:
        # Its hook tells the same as we do.
        pushing.cancel()
        await asyncio.wait([pushing])


async def _remote(checkout: Checkout, default: str, settings: Settings) -> tuple[str, Path]:
    """The local forge's repository for this checkout: by its folder's name, numbered if another has that."""
    forge = git_forge(settings)
    for number in itertools.count(1):
        repository = f"{OWNER}/{checkout.name}" + (f"-{number}" if number > 1 else "")
        remote = await forge.create(repository, default)
        if await claimed(remote, checkout):
            return repository, remote
    raise AssertionError


async def _landed(repository: str, branch: str, commit: str, settings: Settings, pushing: "asyncio.Task[None]") -> Key:
    """The pull request of the branch, as soon as it is at this commit."""
    forge = git_forge(settings)
    while True:
        for pull in await forge.open_pull_requests():
            if (pull.key.repository, pull.head_branch, pull.head.commit) == (repository, branch, commit):
                return pull.key
        if pushing.done():
            pushing.result()
        await asyncio.sleep(PAUSE)


async def _followed(key: Key, commit: str, settings: Settings) -> Status:
    client = await connect(settings)
    # The hook says the same; but if it was lost, saying it again is what helps.
    message = Message(key=key, signal=Push(event="try", commit=commit))
    await Dispatcher(client, settings.temporal.task_queue).dispatch(message)
    click.secho(f"{key}", bold=True)
    return await followed(client, key, rolled_out(commit), begun=of_commit(commit))
