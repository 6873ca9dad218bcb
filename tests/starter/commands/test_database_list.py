"""`matinee database list`: what is on a database server, for people and for programs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.branches import Branch, BranchKind, BranchState
from domain.names import Key
from domain.resources import Entry, Resource
from embedded.postgres import Postgres
from starter.commands.branches import branch_lines, named, size
from tests.adapters.databases.servers import RING, adapter, new_installation
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat
from tests.starter.commands.command_lines import CommandLine

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
KEY = Key("acme/shop", 12)


def _shell(server: Postgres, folder: Path, installation: str) -> CommandLine:
    ring = ",".join(f"{name}:{key.hex()}" for name, key in RING.keys.items())
    return CommandLine(
        folder,
        {
            "MATINEE_DATA": str(folder),
            "MATINEE_INSTALLATION": installation,
            "MATINEE_KEY_RING": ring,
            "MATINEE_DATABASES__MAIN__PORT": str(server.port),
            "MATINEE_DATABASES__MAIN__PASSWORD": server.password,
        },
    )


@pytest.mark.server
async def test_branches_and_seeds_are_listed(postgres: Postgres, tmp_path: Path) -> None:
    """I see every branch by its key and every seed below them, and programs read the same as JSON."""
    installation = new_installation()
    matinee, database = _shell(postgres, tmp_path, installation), adapter(postgres, installation)
    empty = await matinee("database", "list")
    key, seed = new_key("acme/listed"), new_seed()
    ref = await database.branch(branching(key), no_beat)
    await database.open_seed(seed)

    people = await matinee("database", "list")
    program = await matinee("database", "list", "--json", "--server", "main")
    unknown = await matinee("database", "list", "--server", "loud")

    heading, branch, source = people.out.splitlines()
    assert heading.split() == ["KEY", "DATABASE", "SIZE", "AGE", "SEED", "OWNER", "STATE"]
    assert branch.split()[:2] == [str(key), ref.name]
    assert branch.split()[-2:] == [ref.name, "ready"]
    assert source.startswith(f"seed of {seed.repository}")
    assert source.endswith("half-made")
    assert [(each["key"], each["kind"], each["state"]) for each in program.json] == [
        (str(key), "branch", "ready"),
        (None, "seed", "half-made"),
    ]
    assert "no branch and no seed" in empty.out
    assert "configured: main" in unknown.err
    assert unknown.code == 1
    assert postgres.password not in people.out + people.err + program.out + program.err


@pytest.mark.server
async def test_a_server_that_is_away_is_told_without_a_secret(postgres18: Postgres, tmp_path: Path) -> None:
    """I read that it cannot be reached, and what to look at."""
    matinee = _shell(postgres18, tmp_path, new_installation())
    away = CommandLine(tmp_path, {**matinee.variables, "MATINEE_DATABASES__MAIN__PORT": "9"})

    answer = await away("database", "list")

    assert answer.code == 1
    assert "cannot be reached" in answer.err
    assert postgres18.password not in answer.err


def test_a_line_has_all_that_is_known() -> None:
    """Each has its age and its size in units that people read."""
    branch = Branch(
        name="pr_shop_12",
        key=KEY,
        repository=KEY.repository,
        state=BranchState.INVALID,
        size=7_759_000,
        made_at=NOW - timedelta(hours=3),
        seed="3f9c21d0a1b2",
        owner="pr_shop_12",
    )

    line = branch_lines((branch,), NOW)[1]

    assert line.split("  ") == ["acme/shop#12", "pr_shop_12", "7.4 MiB", "3 h", "3f9c21d0a1b2", "pr_shop_12", "invalid"]


def test_a_database_of_another_kind_lists_what_the_port_tells() -> None:
    """A vendor's branch that is listed as two resources is one line, and what nobody knows is empty."""
    entries = (Entry("database", "neon", kind, "br-quiet") for kind in ("branch", "role"))
    found = named(tuple(Resource(entry=entry, key=KEY, label="shop-12", made_at=NOW) for entry in entries))

    assert [(each.name, each.key, each.kind) for each in found] == [("br-quiet", KEY, BranchKind.BRANCH)]
    assert branch_lines(found, NOW)[1].split() == ["acme/shop#12", "br-quiet", "0.0", "s"]


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (2 * 1024**3, "2.0 GiB"), (3 * 1024**4, "3.0 TiB")],
)
def test_sizes_are_told_in_the_unit_that_fits(amount: int, shown: str) -> None:
    """Nobody counts digits."""
    assert size(amount) == shown
