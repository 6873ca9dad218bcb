"""Planning: what is known of a rollout before anything is made, and what a new owner finds."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError

from activities.planning import PlanningActivities
from adapters.definitions.reading import YamlDefinitions
from domain.errors import PermanentError
from domain.names import Key
from domain.phases import Reason
from domain.requests import BranchRequest, Plan, PlanRequest
from tests.domain.examples import POLICY
from tests.fakes.databases import FakeDatabase
from tests.fakes.forges import FakeForge
from tests.fakes.images import FakeImages
from tests.fakes.platforms import FakePlatform
from tests.workflows.stages import FILES, SHOP

POLICY_HERE = replace(POLICY, platform="platform", images="images", database="main")


@dataclass
class Installation:
    """The fakes that a plan is made of."""

    forge: FakeForge = field(default_factory=FakeForge)
    database: FakeDatabase = field(default_factory=FakeDatabase)
    images: FakeImages = field(default_factory=lambda: FakeImages(instance="images"))
    platform: FakePlatform = field(default_factory=lambda: FakePlatform(instance="platform"))

    def __post_init__(self) -> None:
        """The shop has a default branch."""
        self.forge.add("acme/shop", FILES)

    def planning(self) -> PlanningActivities:
        """The activities over these fakes."""
        return PlanningActivities(
            policies=lambda _key: POLICY_HERE,
            definitions=YamlDefinitions(),
            forges={"forge": self.forge},
            images={"images": self.images},
            databases={"main": self.database},
            platforms={"platform": self.platform},
        )

    async def plan(self, key: Key) -> Plan:
        """The plan of the pull request's head."""
        pull = self.forge.pulls[key]
        return await self.planning().plan(PlanRequest(policy=POLICY_HERE, pull=pull, commit=pull.head.commit))


async def test_a_plan_names_all_that_a_rollout_will_make() -> None:
    """The ledger has everything before it exists: what a crash leaves is known."""
    here = Installation()

    plan = await here.plan(here.forge.open("acme/shop", {"migrations/0002.sql": b"alter"}))

    assert [f"{entry.port} {entry.kind}" for entry in plan.entries] == [
        *("images tree", "database database", "database role", "platform folder"),
        *("platform process", "platform process", "platform route", "platform route"),
    ]
    assert [blob.path for blob in plan.migrations] == ["migrations/0001.sql", "migrations/0002.sql"]
    assert [url.url for url in plan.urls] == ["http://shop-12.localhost:8081", "http://shop-12-api.localhost:8081"]


async def test_all_pull_requests_of_one_base_share_a_seed() -> None:
    """The seed is that of the base, so that a migration of one's own costs no new one."""
    here = Installation()
    first = await here.plan(here.forge.open("acme/shop", {"migrations/0002.sql": b"alter"}))
    second = await here.plan(here.forge.open("acme/shop", {"seed/rows.csv": b"2"}))

    assert first.seed == second.seed
    assert not first.seed_sealed


async def test_a_plan_says_what_only_the_base_has() -> None:
    """A migration that was merged meanwhile explains why one of this branch fails on a newer seed."""
    here = Installation()
    key = here.forge.open("acme/shop", {"migrations/0002.sql": b"alter"})
    assert (await here.plan(key)).ahead == ()

    moved = here.forge.open("acme/shop", {"migrations/0003.sql": b"stock"})
    tip = here.forge.pulls[moved].head.commit
    here.forge.pulls[key] = replace(here.forge.pulls[key], base_commit=tip)

    assert (await here.plan(key)).ahead == ("migrations/0003.sql",)


async def test_a_base_that_cannot_be_read_stops_no_plan() -> None:
    """It would only explain a failure that may never come."""
    here = Installation()
    key = here.forge.open("acme/shop", {"migrations/0002.sql": b"alter"})
    pull = replace(here.forge.pulls[key], base_commit="no such commit")

    plan = await here.planning().plan(PlanRequest(policy=POLICY_HERE, pull=pull, commit=pull.head.commit))

    assert plan.ahead == ()


@pytest.mark.parametrize("path", ["migrations/0001.sql", "seed/rows.csv"])
async def test_a_base_with_other_migrations_or_rows_has_another_seed(path: str) -> None:
    """What the seed is made of is in its name, so that no preview gets another's data."""
    here, moved = Installation(), Installation()
    moved.forge.add("acme/shop", FILES | {path: b"other"})

    plans = [await each.plan(each.forge.open("acme/shop", {})) for each in (here, moved)]

    fingerprints = [plan.seed.fingerprint for plan in plans if plan.seed]
    assert len(set(fingerprints)) == 2


async def test_the_first_pull_request_with_a_definition_brings_its_own_seed() -> None:
    """A repository can begin to use previews by a pull request."""
    here = Installation()
    here.forge.add("acme/shop", {"README": b""})
    key = here.forge.open("acme/shop", FILES)

    plan = await here.plan(key)

    assert plan.seed is not None
    assert plan.seed.commit == here.forge.pulls[key].head.commit


async def test_a_definition_without_a_database_plans_none() -> None:
    """No database, no seed, no entries of one."""
    here = Installation()
    plan = await here.plan(here.forge.open("acme/shop", {".matinee.yaml": SHOP[: SHOP.index(b"database:")]}))

    assert (plan.seed, plan.migrations) == (None, ())
    assert not [entry for entry in plan.entries if entry.port == "database"]


async def test_a_database_that_no_setting_knows_is_told() -> None:
    """The pull request shows which setting is wrong, and is not retried until a lease ends."""
    here = Installation()
    key = here.forge.open("acme/shop", {"README.md": b"docs"})
    elsewhere = replace(POLICY_HERE, database="other")

    with pytest.raises(ApplicationError, match="MATINEE_DATABASE") as refused:
        await here.planning().plan(
            PlanRequest(policy=elsewhere, pull=here.forge.pulls[key], commit=here.forge.pulls[key].head.commit)
        )
    assert refused.value.non_retryable


async def test_a_strangers_definition_is_not_obeyed() -> None:
    """Who has no write access changes the code, and not how it is run."""
    here = Installation()
    key = here.forge.open("acme/shop", {".matinee.yaml": b"version: 1\nservices: {}\n"}, stranger=True)

    assert [service.name for service in (await here.plan(key)).definition.services] == ["web", "api"]


async def test_a_missing_definition_is_said_with_what_to_do() -> None:
    """The words name the file, the commit and the cure."""
    here = Installation()
    here.forge.add("acme/shop", {"README": b""})

    with pytest.raises(ApplicationError) as missing:
        await here.plan(here.forge.open("acme/shop", {}))

    assert missing.value.details == (Reason.DEFINITION_MISSING.value,)
    assert missing.value.non_retryable
    assert "has no .matinee.yaml at commit" in missing.value.message


async def test_a_new_owner_finds_everything_that_carries_the_mark_and_nothing_else() -> None:
    """What another preview has is left alone; a generation that was used is not used again."""
    here = Installation()
    ours, other = Key("acme/shop", 12), Key("acme/shop", 13)
    for key, label in ((ours, "shop-12"), (other, "shop-13")):
        await here.database.branch(_branch(key, label), lambda: None)

    beginning = await here.planning().begin(ours)

    assert {entry.name for entry in beginning.adopted} == {"pr_shop_12"}
    assert {entry.kind for entry in beginning.adopted} == {"database", "role"}
    assert beginning.generation == 7


async def test_a_holder_that_cannot_say_what_it_has_stops_the_beginning() -> None:
    """No preview starts beside what it does not know of."""
    here = Installation()

    def refuse(step: str) -> None:
        if step == "list":
            raise PermanentError("the server refuses the password", reason=Reason.SETTINGS)

    here.database.faults = refuse
    with pytest.raises(ApplicationError, match="refuses the password"):
        await here.planning().begin(Key("acme/shop", 12))


def _branch(key: Key, label: str) -> BranchRequest:
    """An empty database of the seventh generation."""
    deadline = datetime.now(UTC) + timedelta(minutes=1)
    return BranchRequest(key=key, label=label, instance="main", generation=7, seed=None, deadline=deadline)
