"""What people are told of the branches on a server."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.databases.passwords import KeyRing
from domain.branches import BranchKind, BranchState
from domain.errors import PermanentError
from domain.names import label_of
from domain.phases import Reason
from embedded.postgres import Postgres
from tests.adapters.databases.servers import adapter, entered, new_installation, read, write
from tests.contracts.database_bench import branching, new_key, new_seed, no_beat

pytestmark = pytest.mark.server


async def test_a_branch_is_told_with_all_that_its_server_knows(postgres: Postgres) -> None:
    """I see what takes the room, how old it is, which version of the seed it has and which role is its owner's."""
    database, key, seed = adapter(postgres, new_installation()), new_key("acme/list"), new_seed()
    await write(await database.connection(await database.open_seed(seed)), "seeded")
    await database.seal(seed)
    ref = await database.branch(branching(key, generation=3, seed=seed), no_beat)

    branch, source = await database.branches()

    assert (branch.name, branch.key, branch.kind, branch.state) == (ref.name, key, BranchKind.BRANCH, BranchState.READY)
    assert (branch.owner, branch.generation, branch.seed) == (ref.name, 3, seed.fingerprint)
    assert (branch.size or 0) > 1_000_000
    assert datetime.now(UTC) - (branch.made_at or datetime.min.replace(tzinfo=UTC)) < timedelta(minutes=5)
    assert (source.key, source.kind, source.state) == (None, BranchKind.SEED, BranchState.READY)
    assert (source.repository, source.seed, source.owner) == (seed.repository, seed.fingerprint, "seed_owner")
    assert branch.ref("main") == ref


async def test_what_is_not_whole_is_told_as_that(postgres: Postgres) -> None:
    """What a crash left, what is still being built, and what a DROP was interrupted in are no ready databases."""
    database = adapter(postgres, new_installation())
    invalid = await database.branch(branching(new_key("acme/invalid")), no_beat)
    cut = await database.branch(branching(new_key("acme/left")), no_beat)
    built = await database.open_seed(new_seed())
    async with entered(postgres.superuser_url) as session:
        await session.execute("UPDATE pg_database SET datconnlimit = -2 WHERE datname = $1", invalid.name)
        await session.execute(f"DROP DATABASE {cut.name}")

    found = {branch.name: branch for branch in await database.branches()}

    assert found[invalid.name].state is BranchState.INVALID
    assert found[built.name].state is BranchState.HALF_MADE
    assert found[cut.name].state is BranchState.HALF_MADE
    assert found[cut.name].size is None


async def test_one_branch_is_found_by_its_key(postgres: Postgres) -> None:
    """What is found leads into it; of a preview without one nothing is found."""
    database, key = adapter(postgres, new_installation()), new_key("acme/one")
    label = label_of(key, home="acme")
    before = await database.branch_of(key, label)
    await database.branch(branching(key, generation=2), no_beat)

    found = await database.branch_of(key, label)

    assert before is None
    assert found is not None
    assert await read(await database.connection(found.ref("main"))) == ()


async def test_a_branch_of_another_installation_is_named_as_such(postgres: Postgres) -> None:
    """I am not let into data that are not this installation's, and read whose they are."""
    key, rival = new_key("acme/theirs"), new_installation()
    await adapter(postgres, rival).branch(branching(key), no_beat)

    with pytest.raises(PermanentError, match=rival) as refused:
        await adapter(postgres, new_installation()).branch_of(key, label_of(key, home="acme"))

    assert refused.value.reason is Reason.NOT_OURS


async def test_a_branch_of_a_key_that_is_not_in_the_ring_is_named_as_such(postgres: Postgres) -> None:
    """With another ring than the worker's I read that, in place of a password that does not fit."""
    installation, key = new_installation(), new_key("acme/ring")
    await adapter(postgres, installation).branch(branching(key), no_beat)
    other = adapter(postgres, installation, KeyRing({"1": b"another key of the same id ....."}))

    with pytest.raises(PermanentError, match="key ring"):
        await other.branch_of(key, label_of(key, home="acme"))
