"""FakeNeon: one project at Neon in memory, with hands for people and previews, and an ASGI application for programs.

Reach it with `httpx.ASGITransport(fake.application)`. What is asked of it is begun at once and ends some requests
later; until then it refuses to begin anything else, as Neon does. `requests` tells what was asked, and how often.
"""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlsplit

from starlette.applications import Starlette

from tests.fakes.neon_answers import HOSTS
from tests.fakes.neon_limits import Guard, Limits
from tests.fakes.neon_routes import routes
from tests.fakes.neon_state import FakeBranch, FakeEndpoint, FakeOperation, new_password

API_KEY = "napi_planted_key_of_these_tests"
ROLE = "neondb_owner"
DATABASE = "neondb"


def _nothing() -> None:
    """Nothing comes true."""


def utc_now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


@dataclass
class FakeNeon:
    """One project, whose default branch `main` is empty.

    `slowness` is how many requests an operation takes; while it is `stuck`, none ends. `recovery` says whether what is
    deleted can be recovered unless it is deleted for good, `kept_names` whether it keeps its name until then, `expiry`
    whether branches may expire, `lingering` whether what is being deleted stays in lists until it is.
    """

    now: Callable[[], datetime] = utc_now
    slowness: int = 2
    stuck: bool = False
    recovery: bool = True
    expiry: bool = True
    kept_names: bool = False
    lingering: bool = False
    limits: Limits = field(default_factory=Limits)
    branches: dict[str, FakeBranch] = field(default_factory=dict[str, FakeBranch])
    operations: list[FakeOperation] = field(default_factory=list[FakeOperation])
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        main = self.add("main", parent=None, default=True)
        main.passwords = {ROLE: new_password()}
        main.promised = dict(main.passwords)
        main.state = "ready"
        self.add_endpoint(main)

    @property
    def application(self) -> Guard:
        """The API, behind its authentication and its limits."""
        return Guard(Starlette(routes=routes(self)), self)

    @property
    def main(self) -> FakeBranch:
        """The branch that all others come from."""
        return next(branch for branch in self.branches.values() if branch.default)

    @property
    def present(self) -> list[FakeBranch]:
        """The branches that are not deleted, the newest first."""
        return [branch for branch in reversed(self.branches.values()) if branch.deleted_at is None]

    @property
    def naming(self) -> list[FakeBranch]:
        """The branches whose names nobody else can have."""
        return [branch for branch in self.branches.values() if branch.deleted_at is None or self.kept_names]

    def named(self, name: str) -> list[FakeBranch]:
        """The branches of this name that are not deleted: one, or none."""
        return [branch for branch in self.present if branch.name == name]

    def children(self, parent: FakeBranch) -> list[FakeBranch]:
        """The branches that were made of this one."""
        return [branch for branch in self.present if branch.parent == parent.id]

    def add(self, name: str, *, parent: FakeBranch | None, default: bool = False) -> FakeBranch:
        """A branch with the data and the passwords of its parent; a protected parent keeps its passwords to itself."""
        branch = FakeBranch(
            id=f"br-{self._word()}", name=name, parent=parent.id if parent else "", made_at=self.now(), default=default
        )
        if parent:
            branch.rows = parent.rows
            branch.promised = {
                role: new_password() if parent.protected else password for role, password in parent.promised.items()
            }
            branch.passwords = dict(branch.promised)
        self.branches[branch.id] = branch
        return branch

    def by_hand(self, name: str, *, parent: FakeBranch | None = None) -> FakeBranch:
        """A branch that somebody made in Neon's console."""
        branch = self.add(name, parent=parent or self.main)
        branch.state = "ready"
        self.add_endpoint(branch)
        return branch

    def add_endpoint(self, branch: FakeBranch) -> FakeEndpoint:
        """A compute endpoint of this branch."""
        endpoint = FakeEndpoint(id=f"ep-{self._word()}", made_at=self.now())
        branch.endpoints[endpoint.id] = endpoint
        return endpoint

    def begin(
        self, branch: FakeBranch, action: str, effect: Callable[[], None] = _nothing, *, endpoint: str = ""
    ) -> FakeOperation:
        """Something goes on with this branch from now on."""
        operation = FakeOperation(
            id=str(uuid.uuid4()),
            branch=branch.id,
            endpoint=endpoint,
            action=action,
            made_at=self.now(),
            left=self.slowness,
            effect=effect,
        )
        self.operations.append(operation)
        return operation

    def tick(self) -> None:
        """One request has passed: what has lasted long enough ends."""
        for operation in self.operations:
            if operation.status != "running" or self.stuck:
                continue
            operation.left -= 1
            if operation.left <= 0:
                operation.status = "finished"
                operation.effect()

    @property
    def at_work(self) -> bool:
        """Whether something goes on."""
        return any(operation.status == "running" for operation in self.operations)

    def forget(self, branch: FakeBranch, *, for_good: bool) -> None:
        """The branch is deleted, for good or for now."""
        branch.deleted_at = self.now()
        if for_good:
            self.branches.pop(branch.id, None)

    def expire(self) -> None:
        """What should not be there any more by now is gone, as Neon sees to from time to time."""
        for branch in self.present:
            if branch.expires_at and branch.expires_at <= self.now():
                branch.deleted_at = self.now()

    def write(self, url: str, row: str) -> None:
        """One more row, by whoever has this URL."""
        branch = self.enter(url)
        branch.rows = (*branch.rows, row)

    def read(self, url: str) -> tuple[str, ...]:
        """The rows, for whoever has this URL."""
        return self.enter(url).rows

    def enter(self, url: str) -> FakeBranch:
        """The branch that this URL leads to; PermissionError if it does not open it."""
        parts = urlsplit(url)
        identity = (parts.hostname or "").removesuffix(f".{HOSTS}")
        branch = next((each for each in self.present if identity in each.endpoints), None)
        opens = branch is not None and branch.passwords.get(parts.username or "") == parts.password
        if branch is None or not opens or branch.state != "ready" or parts.path != f"/{DATABASE}":
            raise PermissionError(f"{parts.username} may not enter {identity}")
        return branch

    def _word(self) -> str:
        return f"calm-river-{next(self._numbers):06d}"
