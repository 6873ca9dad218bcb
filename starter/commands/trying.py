"""`matinee try`: a preview of a repository of one's own, with no remote to set up."""

import asyncio
import re
import subprocess
from pathlib import Path

import click

from composition import git_forge
from domain.definitions import DEFINITION_PATH
from domain.errors import PermanentError
from domain.phases import Reason
from settings import UP_FILE, load
from starter.commands.options import data_option

OWNER = "local"

FIRST_VERSION = """\
version: 1
services:
  web:
    build: echo nothing to build     # runs in the commit's tree; remove it if an `image` is given
    command: sh -c 'exec python3 -m http.server "$PORT" --bind 127.0.0.1'
    port: 8000                       # the service listens on $PORT
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
def command(path: Path, branch: str | None, write: bool, data: Path | None) -> None:
    """Preview the repository at PATH: its committed state, on the `matinee up` that runs on this machine.

    Shows the checklist and ends with the URL. Called again after a commit, it updates the same preview.
    """
    root = Path(_git(path, "rev-parse", "--show-toplevel"))
    settings = load(data)
    _require_definition(root, branch or "HEAD", write=write)
    if not (settings.data / UP_FILE).exists():
        raise PermanentError(
            f"nothing runs in {settings.data}; start `matinee up` in another terminal, then try again",
            reason=Reason.SETTINGS,
        )
    wanted = branch or _git(root, "rev-parse", "--abbrev-ref", "HEAD")
    default = _default_branch(root)
    if _git(root, "status", "--porcelain", "--untracked-files=no"):
        click.secho("Uncommitted changes are not in the preview; commit them and try again.", err=True, fg="yellow")
    remote = asyncio.run(git_forge(settings).create(f"{OWNER}/{_name(root)}", default))
    _push(root, remote, default, "try-" + wanted if wanted == default else wanted, wanted)


def _require_definition(root: Path, revision: str, *, write: bool) -> None:
    """The revision has a definition; if not, what to write is said, or written."""
    shown = subprocess.run(
        ("git", "-C", str(root), "cat-file", "-e", f"{revision}:{DEFINITION_PATH}"), check=False, capture_output=True
    )
    if shown.returncode == 0:
        return
    file = root / DEFINITION_PATH
    if write and not file.exists():
        file.write_text(FIRST_VERSION)
        raise PermanentError(f"wrote {file}; make it true of your application, commit it, and try again")
    if file.exists():
        raise PermanentError(f"{file} is not committed at {revision}; commit it and try again")
    raise PermanentError(
        f"{root} has no {DEFINITION_PATH}. A first version, which `matinee try --write` writes for you:\n\n"
        + FIRST_VERSION
    )


def _push(root: Path, remote: Path, default: str, target: str, wanted: str) -> None:
    """The default branch and the wanted one are in the local forge; git shows what its hook says."""
    _git(root, "push", "--quiet", "--force", str(remote), f"refs/heads/{default}:refs/heads/{default}")
    pushed = subprocess.run(
        ("git", "-C", str(root), "push", "--force", str(remote), f"refs/heads/{wanted}:refs/heads/{target}"),
        check=False,
    )
    if pushed.returncode != 0:
        raise PermanentError(f"git could not push {wanted} of {root}; its message stands above")


def _default_branch(root: Path) -> str:
    """The branch that others are compared with: main or master, else the one that is checked out."""
    branches = _git(root, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    known = (name for name in ("main", "master", "trunk", "develop") if name in branches)
    return next(known, branches[0] if branches else "main")


def _name(root: Path) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", root.name).strip("-.") or "app"


def _git(folder: Path, *arguments: str) -> str:
    """What git answers; PermanentError with its message if it refuses."""
    done = subprocess.run(("git", "-C", str(folder), *arguments), check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise PermanentError(f"git {arguments[0]} in {folder}: {done.stderr.strip() or 'failed'}")
    return done.stdout.strip()
