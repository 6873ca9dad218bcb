"""`matinee doctor --database NAME --live`: one branch's whole life, told step by step, and nothing left of it."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import MatineeError, NotYet, PermanentError, TemporaryError
from domain.names import PROOFS, Key, label_of
from domain.resources import Connection
from embedded.postgres import Postgres
from starter.commands.proving import Life, Proof
from tests.adapters.databases.servers import adapter, new_installation
from tests.contracts.database_bench import branching, no_beat
from tests.fakes.databases import FakeDatabase
from tests.starter.commands.command_lines import ROOT, CommandLine

RING = "k1:" + "5e" * 32
KEY = Key(PROOFS, 7)
STEPS = [
    "branch from nothing",
    "enter it and write a row",
    "reset it",
    "enter it: the row is gone",
    "find it in the list",
    "drop it",
    "find it gone from the list",
]


@dataclass
class Told:
    """What a life told, on a fake server whose verbs fail as a test says."""

    database: FakeDatabase = field(default_factory=lambda: FakeDatabase(instance="main"))
    proofs: list[Proof] = field(default_factory=list[Proof])
    waits: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def live(self, *, limit: float = 5) -> None:
        """The life of one branch."""
        life = Life(
            database=self.database,
            instance="main",
            key=KEY,
            label=label_of(KEY, home="acme"),
            now=lambda: datetime.now(UTC),
            write=self._write,
            read=self._read,
            tell=self.proofs.append,
            tell_waiting=lambda step, why: self.waits.append((step, why)),
            limit=limit,
        )
        await life.live()

    async def _write(self, connection: Connection, row: str) -> None:
        self.database.server.write(connection, row)

    async def _read(self, connection: Connection) -> tuple[str, ...]:
        return self.database.server.read(connection)

    @property
    def left(self) -> list[str]:
        """The databases and roles on the server."""
        return [*self.database.server.stores, *self.database.server.roles]


def failing(verb: str, error: MatineeError, *, times: int = 10**6) -> Callable[[str], None]:
    """Faults of a fake: the first so many calls of this verb raise."""
    left = iter(range(times))

    def faults(step: str) -> None:
        if step == verb and next(left, None) is not None:
            raise error

    return faults


async def test_every_step_of_a_life_is_told_with_its_seconds() -> None:
    """I see that branching, entering, resetting and dropping all work, and how long each takes."""
    told = Told()

    await told.live()

    assert [proof.step for proof in told.proofs] == STEPS
    assert [proof.problem for proof in told.proofs if proof.problem] == []
    assert all(proof.seconds >= 0 for proof in told.proofs)
    assert told.left == []


async def test_what_is_not_there_yet_is_waited_for() -> None:
    """A vendor that takes its time is asked again when it says, and I see what is waited for."""
    told = Told()
    told.database.faults = failing("branch", NotYet("still being made", retry_after=0.01), times=3)

    await told.live()

    assert [proof.step for proof in told.proofs] == STEPS
    assert told.waits == [("branch from nothing", "still being made")] * 3


async def test_a_step_that_never_succeeds_is_given_up_and_all_is_dropped() -> None:
    """I read which step and why, and nothing is left on the account that I pay for."""
    told = Told()
    told.database.faults = failing("branch:ready", TemporaryError("never ready", retry_after=0.05))

    with pytest.raises(TemporaryError, match="never ready"):
        await told.live(limit=0.2)

    assert [(proof.step, proof.problem) for proof in told.proofs] == [
        ("branch from nothing", "never ready"),
        ("drop it", ""),
        ("find it gone from the list", ""),
    ]
    assert told.left == []


async def test_what_cannot_be_dropped_is_told_as_that() -> None:
    """If something is left, I know."""
    told = Told()
    told.database.faults = failing("drop", PermanentError("may not be dropped"))

    with pytest.raises(PermanentError):
        await told.live()

    assert told.proofs[-1] == Proof(step="drop it", seconds=told.proofs[-1].seconds, problem="may not be dropped")


async def test_what_a_killed_doctor_left_is_dropped_by_the_next() -> None:
    """A machine that went down in the middle costs a branch until the next look, and one at work is left alone."""
    told, long_ago = Told(), datetime.now(UTC) - timedelta(hours=2)
    old, young = Key(PROOFS, 5), Key(PROOFS, 6)
    told.database.now = lambda: long_ago
    await told.database.branch(branching(old), no_beat)
    told.database.now = lambda: datetime.now(UTC)
    await told.database.branch(branching(young), no_beat)

    await told.live()

    assert told.proofs[0].step == "drop what an earlier one left"
    assert {resource.key for resource in await told.database.list()} == {young}


def _shell(server: Postgres, folder: Path, installation: str) -> CommandLine:
    return CommandLine(
        folder,
        {
            "MATINEE_DATA": str(folder),
            "MATINEE_INSTALLATION": installation,
            "MATINEE_KEY_RING": RING,
            "MATINEE_DATABASES__MAIN__PORT": str(server.port),
            "MATINEE_DATABASES__MAIN__PASSWORD": server.password,
            "MATINEE_DATABASES__NONE__KIND": "none",
        },
    )


@pytest.mark.server
async def test_a_real_server_is_proved(postgres: Postgres, tmp_path: Path) -> None:
    """I see all steps done on the server of the settings, for people and for programs, and nothing is left of them."""
    installation = new_installation()
    matinee = _shell(postgres, tmp_path, installation)

    people = await matinee("doctor", "--database", "main", "--live")
    program = await matinee("doctor", "--database", "main", "--live", "--json")

    assert (people.code, program.code) == (0, 0), people.out + people.err + program.err
    assert [line[2:30].strip() for line in people.out.splitlines()] == STEPS
    assert [each["step"] for each in program.json] == STEPS
    assert await adapter(postgres, installation).list() == ()
    assert postgres.password not in people.out + people.err + program.out + program.err


@pytest.mark.server
async def test_ctrl_c_in_the_middle_leaves_nothing(postgres18: Postgres, tmp_path: Path) -> None:
    """I lose patience after its first step, and what was made is gone when it ends."""
    installation = new_installation()
    matinee, database = _shell(postgres18, tmp_path, installation), adapter(postgres18, installation)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "starter.commands", "doctor", "--database", "main", "--live"),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **matinee.variables},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    first = await asyncio.wait_for(process.stdout.readline(), 60)
    process.send_signal(signal.SIGINT)
    out, err = await process.communicate()

    assert first.decode().startswith("✓")
    assert process.returncode == 130, out.decode() + err.decode()
    assert "✓ find it gone from the list" in out.decode()
    assert "Dropping what was made" in err.decode()
    assert await database.list() == ()


async def test_what_cannot_be_proved_is_told(tmp_path: Path) -> None:
    """A database of no kind, one that nobody configured, and half a command are answered in words."""
    matinee = CommandLine(tmp_path, {"MATINEE_DATA": str(tmp_path), "MATINEE_DATABASES__NONE__KIND": "none"})

    none, unknown, half = await asyncio.gather(
        matinee("doctor", "--database", "none", "--live"),
        matinee("doctor", "--database", "loud", "--live"),
        matinee("doctor", "--live"),
    )

    assert (none.code, unknown.code, half.code) == (1, 1, 2)
    assert "of the kind `none`" in none.err
    assert "configured: none" in unknown.err
    assert "go together" in half.err
