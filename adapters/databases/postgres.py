"""PostgreSQL: a preview's own database is a copy of a template, made by a role without superuser.

One server of version 15 or later holds the databases of many previews. Each has a role of its own that may connect
to nothing else, and everything inside belongs to that role. What the server needs once stands in `examine`.
"""

from collections.abc import Callable
from datetime import datetime

from adapters.beating import with_beats
from adapters.databases import branching, dropping, examining, listing, seeds
from adapters.databases.failures import translated
from adapters.databases.inspecting import Found, at_work, find_ours
from adapters.databases.marks import Kind
from adapters.databases.passwords import KeyRing
from adapters.databases.sessions import Server
from adapters.databases.workplaces import Workplace
from domain.branches import Branch
from domain.names import Key, database_name
from domain.ports import Beat
from domain.requests import BranchRequest
from domain.resources import Connection, DatabaseRef, Entry, Removal, Resource, Seed

_SECONDS = 20.0


class PostgresDatabase:
    """The port `Database` on one PostgreSQL server.

    `instance` is its name in the settings and `installation` half of every mark. `user` needs CREATEDB,
    CREATEROLE, and membership in `seed_owner` and pg_signal_backend. `maintenance` is a database that only
    `user` may enter: all work begins there, because locks on names are kept per database. `public_host` is the
    server's address for previews, where it differs from ours. `ssl` is a mode of libpq, such as `require`.
    """

    def __init__(
        self,
        *,
        instance: str,
        installation: str,
        host: str,
        port: int,
        user: str,
        password: str,
        key_ring: KeyRing,
        now: Callable[[], datetime],
        maintenance: str = "preview_admin",
        seed_owner: str = "seed_owner",
        public_host: str | None = None,
        ssl: str | None = None,
        connection_limit: int = 15,
    ) -> None:
        self._public_host = public_host or host
        self.workplace = Workplace(
            instance=instance,
            installation=installation,
            server=Server(host=host, port=port, user=user, password=password, maintenance=maintenance, ssl=ssl),
            ring=key_ring,
            seed_owner=seed_owner,
            connection_limit=connection_limit,
            now=now,
        )

    def entries(self, instance: str, label: str) -> tuple[Entry, ...]:
        """The database and the role of the same name."""
        name = database_name(label)
        return Entry("database", instance, "database", name), Entry("database", instance, "role", name)

    async def branch(self, request: BranchRequest, beat: Beat) -> DatabaseRef:
        """The preview has its own database of this generation, ready for connections of its own role only."""
        return await with_beats(branching.branch(self.workplace, request), beat)

    async def connection(self, ref: DatabaseRef) -> Connection:
        """How to reach it, as the role of the same name; nothing is asked of the server."""
        place, name = self.workplace, ref.name
        password = place.ring.password(ref.password_key, place.account(name, ref.generation))
        host = f"[{self._public_host}]" if ":" in self._public_host else self._public_host
        query = f"?sslmode={place.server.ssl}" if place.server.ssl else ""
        return Connection(url=f"postgresql://{name}:{password}@{host}:{place.server.port}/{name}{query}")

    async def drop(self, removal: Removal) -> tuple[Entry, ...]:
        """The entries, each verified gone."""
        return await dropping.drop(self.workplace, removal)

    async def list(self) -> tuple[Resource, ...]:
        """Every database and every role of a branch of ours; a crash may have left a role without its database."""
        branches = [found for found in await self._ours() if found.claim and found.claim.kind is Kind.BRANCH]
        return tuple(resource for found in branches for resource in self._resources(found))

    def _resources(self, found: Found) -> tuple[Resource, ...]:
        mark, instance = found.claim, self.workplace.instance
        if mark is None:
            return ()
        kinds = (("database", found.has_database), ("role", found.has_role))
        return tuple(
            Resource(
                entry=Entry("database", instance, kind, found.name),
                key=mark.preview(),
                label=mark.label,
                made_at=mark.made_at,
                generation=mark.generation,
            )
            for kind, is_there in kinds
            if is_there
        )

    async def _ours(self) -> tuple[Found, ...]:
        with translated("listing databases"):
            async with self.workplace.server.session(label="list", seconds=_SECONDS) as session:
                return await find_ours(session, self.workplace.installation)

    async def busy(self, label: str) -> bool:
        """Whether a session of ours is at work for this label, whichever worker opened it."""
        with translated(f"looking whether {label} is being branched"):
            async with self.workplace.server.session(label="busy", seconds=_SECONDS) as session:
                return await at_work(session, label, database_name(label))

    async def extend(self) -> tuple[str, ...]:
        """Nothing: the server ends no database by itself."""
        return ()

    async def sealed(self, seed: Seed) -> bool:
        """Whether this version of the seed is there, complete and closed to connections."""
        return await seeds.is_sealed(self.workplace, seed)

    async def open_seed(self, seed: Seed) -> DatabaseRef:
        """An empty database to build this seed in, in place of any half-built one; its own role may connect."""
        return await seeds.open_seed(self.workplace, seed)

    async def seal(self, seed: Seed) -> None:
        """What was built is now the seed: complete, closed to connections, ready to be branched."""
        await seeds.seal(self.workplace, seed)

    async def drop_seeds(self, repository: str, keep: int) -> tuple[str, ...]:
        """Only the newest `keep` sealed seeds of this repository are left; the names of those dropped."""
        return await seeds.drop_seeds(self.workplace, repository, keep)

    async def branches(self) -> tuple[Branch, ...]:
        """Every branch and seed of ours with its size, state and owner; for people."""
        return await listing.branches(self.workplace)

    async def branch_of(self, key: Key, label: str) -> Branch | None:
        """The branch of this preview as it is now, None if there is none; PermanentError if it is somebody else's."""
        return await listing.branch_of(self.workplace, key, label)

    async def verify_ring(self) -> None:
        """Returns if every mark on the server was made with a key of the ring; PermanentError names the one missing."""
        for mark in {found.claim for found in await self._ours() if found.claim and found.claim.password_key}:
            self.workplace.ring.check(mark.password_key, mark.password_proof)

    async def examine(self) -> tuple[str, ...]:
        """What the server lacks, in words, each with the SQL that an administrator cures it by."""
        return await examining.examine(self.workplace)
