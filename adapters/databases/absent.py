"""Absent: for an installation whose applications have no database, or bring their own.

Nothing is made, so nothing is listed, removed or waited for. Only a definition that wants a database is refused.
"""

from dataclasses import dataclass

from adapters.databases.verdicts import refuse_others
from domain.errors import PermanentError
from domain.phases import Reason
from domain.ports import Beat
from domain.requests import BranchRequest
from domain.resources import Connection, DatabaseRef, Entry, Removal, Resource, Seed


@dataclass(frozen=True)
class AbsentDatabase:
    """The port `Database` where there is none; `instance` is its name in the settings."""

    instance: str

    def entries(self, instance: str, label: str) -> tuple[Entry, ...]:
        """PermanentError: the definition wants what is not there."""
        del instance, label
        raise self._refusal()

    async def branch(self, request: BranchRequest, beat: Beat) -> DatabaseRef:
        """PermanentError, as for entries."""
        del request, beat
        raise self._refusal()

    async def connection(self, ref: DatabaseRef) -> Connection:
        """PermanentError, as for entries."""
        del ref
        raise self._refusal()

    async def drop(self, removal: Removal) -> tuple[Entry, ...]:
        """Nothing; TemporaryError names what another kind of database of this name has made."""
        refuse_others(removal, ())
        return ()

    async def list(self) -> tuple[Resource, ...]:
        """Nothing."""
        return ()

    async def busy(self, label: str) -> bool:
        """False."""
        del label
        return False

    async def extend(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    async def sealed(self, seed: Seed) -> bool:
        """False."""
        del seed
        return False

    async def open_seed(self, seed: Seed) -> DatabaseRef:
        """PermanentError, as for entries."""
        del seed
        raise self._refusal()

    async def seal(self, seed: Seed) -> None:
        """PermanentError, as for entries."""
        del seed
        raise self._refusal()

    async def drop_seeds(self, repository: str, keep: int) -> tuple[str, ...]:
        """Nothing."""
        del repository, keep
        return ()

    def _refusal(self) -> PermanentError:
        return PermanentError(
            f"{self.instance!r} is of the kind `none`: leave `database` out of the definition, or give "
            f"MATINEE_DATABASES__{self.instance.upper()}__KIND one that makes databases",
            reason=Reason.DATABASE_REFUSED,
        )
