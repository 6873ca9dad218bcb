"""What every verb of the PostgreSQL adapter works with: the server, who we are there, and the clock."""

import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from adapters.databases.marks import Kind, Mark, State
from adapters.databases.passwords import Account, KeyRing
from adapters.databases.sessions import Server, Session, lock
from domain.requests import BranchRequest
from domain.resources import Removal, Seed


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """One named instance on one server. `connection_limit` is what each preview may open at once."""

    instance: str
    installation: str
    server: Server
    ring: KeyRing
    seed_owner: str
    connection_limit: int
    now: Callable[[], datetime]

    def account(self, name: str, generation: int) -> Account:
        """What the password of this name's role is for."""
        return Account(installation=self.installation, instance=self.instance, name=name, generation=generation)

    def branch_mark(self, request: BranchRequest) -> Mark:
        """The mark of the branch that this request asks for."""
        seed = seed_name(request.seed) if request.seed else ""
        return self._mark(Kind.BRANCH, str(request.key), request.label, request.generation, seed)

    def removal_mark(self, removal: Removal) -> Mark:
        """A mark whose owner is whoever may have the removal's entries dropped."""
        return self._mark(Kind.BRANCH, str(removal.key), removal.label, removal.generation, "")

    def seed_mark(self, seed: Seed, generation: int = 0) -> Mark:
        """The mark of a seed that is being built."""
        return self._mark(Kind.SEED, seed.repository, seed.label, generation, seed.fingerprint)

    def _mark(self, kind: Kind, key: str, label: str, generation: int, seed: str) -> Mark:
        return Mark(
            installation=self.installation,
            key=key,
            kind=kind,
            label=label,
            state=State.CLONED,
            generation=generation,
            seed=seed,
            password_key=self.ring.current,
            password_proof=self.ring.proof(self.ring.current),
            made_at=self.now(),
        )

    @asynccontextmanager
    async def locked(
        self, label: str, name: str, *, seconds: float, lock_seconds: float = 0
    ) -> AsyncGenerator[Session]:
        """A session in the maintenance database that nobody else works on this name beside."""
        async with self.server.session(label=label, seconds=seconds, lock_seconds=lock_seconds) as session:
            await lock(session, name)
            yield session


def seed_name(seed: Seed) -> str:
    """The name of a seed's database: `seed_shop_3f9c21d0a1b2_5d41ab`; two repositories never share one."""
    digest = hashlib.sha256(seed.repository.encode()).hexdigest()[:6]
    return f"seed_{seed.label.removeprefix('seed-').replace('-', '_')}_{digest}"
