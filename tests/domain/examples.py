"""Examples of the domain's values, for tests of every layer."""

from datetime import UTC, datetime, timedelta

from domain.definitions import DatabaseDefinition, Definition, Service, ServiceUrl
from domain.names import Key
from domain.policies import Policy
from domain.pulls import Blob, PullRequest, Revision
from domain.requests import Plan
from domain.resources import DatabaseRef, Entry

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEY = Key("acme/shop", 12)
POLICY = Policy(
    label="shop-12",
    forge="forge",
    platform="platform",
    database="main",
    images="images",
    url_template="http://{label}.localhost:8081",
)
FIRST = Blob("migrations/0001.sql", "a1")
SECOND = Blob("migrations/0002.sql", "b2")


def commit(number: int) -> str:
    """A whole commit id that ends in this number."""
    return f"{number:040x}"


def pull(number: int = 1, *, is_open: bool = True, draft: bool = False, stranger: bool = False) -> PullRequest:
    """A pull request whose head is commit(number), pushed so many minutes after noon."""
    return PullRequest(
        key=KEY,
        is_open=is_open,
        head=Revision(commit=commit(number), pushed_at=NOON + timedelta(minutes=number)),
        base_commit=commit(0),
        base_branch="main",
        head_branch="feature",
        author="bob",
        title="A change",
        url="http://forge/acme/shop/12",
        draft=draft,
        stranger=stranger,
    )


def definition() -> Definition:
    """A web service and an API over a database with migrations."""
    return Definition(
        version=1,
        services=(
            Service(
                name="web", build=("build",), command=("web",), port=8000, public=True, environment={"API": "{api.url}"}
            ),
            Service(name="api", build=("build",), command=("api",), port=8001, public=True),
        ),
        database=DatabaseDefinition(service="api", migrate=("migrate",), migrations="migrations", seed=("seed",)),
    )


def plan(number: int = 1, migrations: tuple[Blob, ...] = (FIRST,)) -> Plan:
    """How commit(number) would be rolled out."""
    return Plan(
        commit=commit(number),
        definition=definition(),
        urls=(
            ServiceUrl("web", "http://shop-12.localhost:8081"),
            ServiceUrl("api", "http://shop-12-api.localhost:8081"),
        ),
        migrations=migrations,
        entries=(entry("process", "shop-12/web"), entry("database", "pr_shop_12", port="database", instance="main")),
    )


def entry(kind: str, name: str, *, port: str = "platform", instance: str = "platform") -> Entry:
    """An entry of the ledger."""
    return Entry(port, instance, kind, name)


def reference(generation: int = 1) -> DatabaseRef:
    """The preview's own database."""
    return DatabaseRef(instance="main", name="pr_shop_12", label="shop-12", generation=generation)
