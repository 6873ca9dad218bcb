"""Running commands: what a migration or a seed command came to, and what it was given."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.platforms import PlatformActivities
from domain.definitions import Resources
from domain.phases import Reason
from domain.requests import RunRequest
from domain.resources import Image
from tests.domain.examples import KEY, reference
from tests.fakes.databases import FakeDatabase
from tests.fakes.platforms import FakePlatform, Program

REQUEST = RunRequest(
    key=KEY,
    label="shop-12",
    instance="local",
    token="migrate-1",
    image=Image(service="api", reference="fake://1", digest="1"),
    command=("migrate", "--all"),
    environment={},
    resources=Resources(),
    database=reference(),
    variable="DATABASE_URL",
    deadline=datetime(2100, 1, 1, tzinfo=UTC),
)


async def test_a_command_that_ends_well_is_run_once_per_token() -> None:
    """A repeated attempt does not migrate twice."""
    platform = FakePlatform()
    activities = PlatformActivities({"local": platform}, {"main": FakeDatabase()})
    for _ in range(2):
        assert (await ActivityEnvironment().run(activities.run, REQUEST)).exit_code == 0

    assert platform.runs == ["migrate-1"]


async def test_a_command_that_ends_badly_shows_its_last_lines_without_the_password() -> None:
    """Whoever wrote the migration reads what it said; the password that it printed is masked."""
    platform, database = FakePlatform(), FakeDatabase()
    password = (await database.connection(reference())).url.partition(":")[2].partition(":")[2].partition("@")[0]
    platform.programs["migrate", "--all"] = Program(
        lines=("connecting with " + password, "no such column"), exit_code=3
    )
    activities = PlatformActivities({"local": platform}, {"main": database})

    with pytest.raises(ApplicationError) as bad:
        await ActivityEnvironment().run(activities.run, REQUEST)

    assert bad.value.details == (Reason.MIGRATION_FAILED.value,)
    assert bad.value.message.startswith("`migrate --all` ended with exit code 3. Its last lines:\nconnecting with ***")
    assert bad.value.message.endswith("no such column")


async def test_a_command_beyond_its_lease_was_ended() -> None:
    """What runs under a lease ends itself by the end of the lease."""
    platform = FakePlatform()
    platform.programs["migrate", "--all"] = Program(exit_code=None)
    activities = PlatformActivities({"local": platform}, {"main": FakeDatabase()})
    soon = replace(REQUEST, deadline=datetime.now(UTC) + timedelta(seconds=0.1))

    with pytest.raises(ApplicationError, match="it was ended at its deadline"):
        await ActivityEnvironment().run(activities.run, soon)


async def test_a_migration_that_fails_is_named_with_the_databases_words() -> None:
    """The first line of what the pull request shows is the cause; a base that moved on is told beside it."""
    platform = FakePlatform()
    said = 'psql:migrations/0003_badges.sql:1: ERROR:  column "badge" already exists'
    platform.programs["migrate", "--all"] = Program(lines=("migrations/0003_badges.sql", said), exit_code=3)
    activities = PlatformActivities({"local": platform}, {"main": FakeDatabase()})
    request = replace(REQUEST, migrations=("migrations/0003_badges.sql",), ahead=("migrations/0003_stock.sql",))

    with pytest.raises(ApplicationError) as bad:
        await ActivityEnvironment().run(activities.run, request)

    first = bad.value.message.splitlines()[0]
    assert first.startswith("`migrate --all` ended with exit code 3 in migrations/0003_badges.sql. psql:migrations/")
    assert 'column "badge" already exists' in first
    assert "its 0003_stock.sql may be in the seed already" in first


async def test_a_server_without_room_is_not_called_a_failed_migration() -> None:
    """Filters and dashboards count it where an operator looks."""
    platform = FakePlatform()
    platform.programs["migrate", "--all"] = Program(lines=("ERROR:  out of shared memory",), exit_code=3)
    activities = PlatformActivities({"local": platform}, {"main": FakeDatabase()})

    with pytest.raises(ApplicationError, match="raise max_locks_per_transaction") as bad:
        await ActivityEnvironment().run(activities.run, REQUEST)

    assert bad.value.details == (Reason.DATABASE_UNAVAILABLE.value,)
