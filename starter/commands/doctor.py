"""`matinee doctor`: tries each configured part, and says what to do about those that do not work."""

import asyncio
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from databases import rows, wrote
from domain.errors import MatineeError
from domain.escaping import one_line, plain
from domain.names import PROOFS, Key, label_of
from settings import Settings, load
from starter.commands import ending
from starter.commands.arguments import json_option
from starter.commands.examining import Check, checks
from starter.commands.options import INTERRUPTED, data_option
from starter.commands.printing import CELL, print_json
from starter.commands.proving import Life, Proof
from starter.commands.servers import opened

_NUMBERS = 10**9
"""How many numbers a key may have: two doctors at once hardly take the same."""


@click.command()
@data_option
@click.option("--database", metavar="NAME", help="With --live: which of the databases in the settings.")
@click.option("--live", is_flag=True, help="Make, use, reset and drop one branch on that database.")
@json_option
def command(data: Path | None, database: str | None, live: bool, as_json: bool) -> int:
    """Try every configured part and say what to do about each that does not work; exit code 1 if there is one.

    It changes nothing. Run it where the worker runs, with the same environment.

    With `--database NAME --live` it proves the whole life of one branch instead, on the server or the account that is
    configured: a branch from nothing, a row, a reset, the drop. Nothing is left of it, also after a failure or Ctrl-C.
    """
    if live != bool(database):
        raise click.UsageError("--database NAME and --live go together: matinee doctor --database NAME --live")
    settings = load(data)
    if database:
        return _proved(settings, database, as_json=as_json)
    found = asyncio.run(checks(settings))
    if as_json:
        print_json(found)
    else:
        click.echo("\n".join(line for check in found for line in _lines(check)))
    return 1 if any(check.problems for check in found) else 0


def _proved(settings: Settings, name: str, *, as_json: bool) -> int:
    """The exit code after one branch's life: 1 if a step did not do what it should, and it was said which."""
    proofs: list[Proof] = []

    def tell(proof: Proof) -> None:
        proofs.append(proof)
        if not as_json:
            click.echo("\n".join(proof_lines(proof)))

    async def prove() -> None:
        async with opened(settings, name) as database:
            key = Key(PROOFS, secrets.randbelow(_NUMBERS - 1) + 1)
            life = Life(
                database=database,
                instance=name,
                key=key,
                label=label_of(key, home=settings.home_owner),
                now=lambda: datetime.now(UTC),
                write=wrote,
                read=rows,
                tell=tell,
                tell_waiting=_tell_waiting,
            )
            await life.live()

    try:
        whole = ending.run(prove, ending="Dropping what was made …")
    except MatineeError:
        if not proofs:
            raise
        whole = True
    if as_json:
        print_json(proofs)
    return INTERRUPTED if not whole else 1 if any(proof.problem for proof in proofs) else 0


def proof_lines(proof: Proof) -> Iterator[str]:
    """One step for a person: whether it did what it should, how long it took, and what to do if it did not."""
    yield f"{'✗' if proof.problem else '✓'} {proof.step:<29} {proof.seconds:6.2f} s"
    if proof.problem:
        yield from (f"    {line}" for line in plain(proof.problem).split("\n"))


def _tell_waiting(step: str, why: str) -> None:
    click.echo(f"… {step}: {one_line(why, CELL * 2)}", err=True)


def _lines(check: Check) -> Iterator[str]:
    yield f"{'✗' if check.problems else '✓'} {check.part}"
    for problem in check.problems:
        yield from (f"    {line}" for line in plain(problem).split("\n"))
