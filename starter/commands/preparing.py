"""`matinee database setup`: a PostgreSQL server is made ready for previews, or its administrator reads how."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import click

from databases import preparation, prepared
from domain.errors import PermanentError
from domain.escaping import plain
from domain.phases import Reason
from domain.preparations import Preparation
from settings import ADMIN_URL, load
from starter.commands.arguments import server_option
from starter.commands.options import data_option

_OTHERS = 0o077


@click.command()
@server_option
@click.option(
    "--admin-url-file",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help=f"File that holds an administrator's URL, readable by you alone.  [default: {ADMIN_URL}, if that is set]",
)
@click.option("--ask", is_flag=True, help="Ask for an administrator's URL, which is not shown as it is typed.")
@data_option
def command(server: str | None, file: Path | None, ask: bool, data: Path | None) -> int:
    """Print the SQL that prepares a PostgreSQL server for previews; with an administrator's URL, run it.

    The URL is postgresql://USER:PASSWORD@HOST:PORT/DATABASE, and comes from a file, the environment or the keyboard,
    never from the command line, which everybody on a machine can read. USER need not be a superuser: what it may not
    do is told with who may, and the exit code is 1 then. It is safe to repeat, and changes nothing where all is so.

    Matinee's own role has the password of the settings. Only a verifier of it stands in the SQL.
    """
    settings = load(data)
    name = server or settings.database
    url = _administrators(file, ask=ask)
    if not url:
        click.echo(preparation(settings, name))
        return 0
    made = asyncio.run(prepared(settings, name, url))
    click.echo("\n".join(line for each in made for line in preparation_lines(each)))
    left = sum(1 for each in made if each.problem)
    click.echo(f"\n{left} left to do" if left else "\nNothing is left to do; `matinee doctor` tries the rest.")
    return 1 if left else 0


def preparation_lines(told: Preparation) -> Iterator[str]:
    """What became of one thing, for a person: a mark and words, the SQL that was sent, the problem and its cure."""
    was_so = "" if told.sent or told.problem else " (was so)"
    yield f"{'✗' if told.problem else '✓'} {plain(told.words)}{was_so}"
    yield from (f"    {plain(statement)};" for statement in told.sent)
    if told.problem:
        yield from (f"    {line}" for text in (told.problem, told.cure) for line in plain(text).split("\n") if line)


def _administrators(file: Path | None, *, ask: bool) -> str:
    """The URL of an administrator, empty if none is given."""
    if ask:
        url: str = click.prompt("Administrator's URL", hide_input=True, err=True)
        return url.strip()
    return _kept(file) if file else os.environ.get(ADMIN_URL, "").strip()


def _kept(file: Path) -> str:
    try:
        mode, text = file.stat().st_mode, file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise PermanentError(f"{file} cannot be read: {error}", reason=Reason.SETTINGS) from error
    if mode & _OTHERS:
        raise PermanentError(
            f"others may read {file}, which holds a password: chmod 600 {file}", reason=Reason.SETTINGS
        )
    if not text:
        raise PermanentError(f"{file} is empty: write the administrator's URL into it", reason=Reason.SETTINGS)
    return text
