"""Project: the branches of one project at Neon, as the verbs of this adapter speak of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.databases.neon.answers import (
    Address,
    Branch,
    Branches,
    Changed,
    Endpoints,
    Operation,
    Operations,
    Password,
)
from adapters.databases.neon.asking import Asking
from adapters.databases.neon.failures import Refused
from adapters.databases.neon.marks import Mark, read, written
from domain.errors import MatineeError, NotYet, PermanentError, TemporaryError
from domain.phases import Reason

PAGE = 400
"""Branches or operations in one answer."""

AFTER = 1.0
"""Seconds after which it is worth asking again whether an operation has ended; Neon makes a branch in about two."""

_ENDED = {"finished", "skipped", "cancelled", "error"}
"""What has `failed` is tried again by Neon itself, so that is not the end."""

_OF_ITSELF = {"suspend_compute", "check_availability"}
"""What Neon does whenever nobody is connected: nothing of ours waits for it."""

_YOUNG = timedelta(hours=1)
"""The age up to which operations are looked at; a list reaches back for months."""


@dataclass(frozen=True)
class Found:
    """A branch that is there, and the mark that it carries."""

    branch: Branch
    mark: Mark | None


@dataclass(frozen=True, kw_only=True)
class Compute:
    """What a branch is reached through: its limits in compute units, and seconds until it falls asleep."""

    min_cu: float
    max_cu: float
    suspend: int

    def wanted(self) -> dict[str, Any]:
        """As Neon is asked for it."""
        return {
            "type": "read_write",
            "autoscaling_limit_min_cu": self.min_cu,
            "autoscaling_limit_max_cu": self.max_cu,
            "suspend_timeout_seconds": self.suspend,
        }


@dataclass(frozen=True, kw_only=True)
class Project:
    """One project; `role` owns what is in the database `database_name` of every branch."""

    asking: Asking
    role: str
    database_name: str
    compute: Compute
    now: Callable[[], datetime]

    async def find(self, name: str) -> Found | None:
        """The branch of exactly this name, if there is one; Neon itself finds parts of names too."""
        return next((found for found in await self.branches(name) if found.branch.name == name), None)

    async def branches(self, search: str = "") -> tuple[Found, ...]:
        """Every branch, or every one with this in its name or id."""
        query: dict[str, str | int] = {"limit": PAGE} | ({"search": search} if search else {})
        found: list[Found] = []
        while True:
            page = await self.asking.get("/branches", Branches, "listing branches", query)
            found += [Found(branch, _mark(page, branch)) for branch in page.branches]
            cursor = page.pagination.next if page.pagination else ""
            # A page without branches is the last one, whatever stands beside it.
            if not cursor or not page.branches:
                return tuple(found)
            query = query | {"cursor": cursor}

    async def make(self, name: str, mark: Mark, parent: str, *, expires: datetime | None) -> None:
        """A branch of this name with this mark is being made; Refused(409) if one of that name is there."""
        branch: dict[str, Any] = {"name": name}
        branch |= {"parent_id": parent} if parent else {}
        branch |= {"expires_at": _instant(expires)} if expires else {}
        body = {"branch": branch, "endpoints": [self.compute.wanted()], "annotation_value": written(mark)}
        await self.asking.change("POST", "/branches", Changed, f"branching {name}", body=body)

    async def delete(self, branch: Branch) -> None:
        """The branch is being deleted for good, or is gone already."""
        path, doing = f"/branches/{branch.id}", f"deleting {branch.name}"
        try:
            await self.asking.change("DELETE", path, Changed, doing, query={"hard_delete": "true"})
        except Refused as error:
            if "hard" not in error.said.lower():
                raise
            # Keeping what was deleted for a week is in preview; where it is not known, deleting is for good anyway.
            await self.asking.change("DELETE", path, Changed, doing)

    async def update(self, branch: Branch, changes: dict[str, Any]) -> None:
        """The branch has this name, or expires at this instant."""
        body = {"branch": changes}
        await self.asking.change("PATCH", f"/branches/{branch.id}", Changed, f"changing {branch.name}", body=body)

    async def expire(self, branch: Branch, at: datetime) -> None:
        """Neon itself deletes the branch at this instant."""
        await self.update(branch, {"expires_at": _instant(at)})

    async def settled(self, branch: Branch) -> None:
        """Returns when all that was begun on the branch has ended; NotYet until then, PermanentError if it failed."""
        operations = await self._operations(branch)
        for broken in newest(operations):
            if broken.status in {"error", "failed"}:
                raise self._failure(branch, broken)
        running = {each.action for each in operations if each.status not in _ENDED}
        if running or not branch.usable:
            doing = ", ".join(sorted(running)) or branch.current_state
            raise NotYet(f"{branch.name}: Neon is at work on it ({doing})", retry_after=AFTER)

    async def at_work(self, branch: Branch) -> bool:
        """Whether something that was begun on the branch has not ended, well or badly."""
        operations = await self._operations(branch)
        return not branch.usable or any(each.status not in _ENDED for each in operations)

    def _failure(self, branch: Branch, operation: Operation) -> MatineeError:
        said = self.asking.masking.masked(operation.error) or "without saying why"
        message, reason = f"{branch.name}: {operation.action} failed at Neon ({said})", Reason.DATABASE_UNAVAILABLE
        if operation.status == "error":
            return PermanentError(message, reason=reason)
        return TemporaryError(message, reason=reason, retry_after=AFTER)

    async def has_endpoint(self, branch: Branch) -> bool:
        """Whether the branch can be connected to."""
        return bool(await self._endpoints(branch))

    async def close(self, branch: Branch) -> None:
        """The branch is losing what it is connected to through."""
        for endpoint in await self._endpoints(branch):
            await self.asking.change("DELETE", f"/endpoints/{endpoint}", Changed, f"closing {branch.name}")

    async def shares_password(self, branch: Branch) -> bool:
        """Whether the role still has the password that came with the parent's data."""
        if not branch.parent_id:
            return False
        return await self._password(branch.id) == await self._password(branch.parent_id)

    async def renew_password(self, branch: Branch) -> None:
        """The role is getting a password that it has on no other branch."""
        path = f"/branches/{branch.id}/roles/{self.role}/reset_password"
        await self.asking.change("POST", path, Changed, f"giving {branch.name} a password of its own")

    async def address(self, branch: Branch) -> str:
        """The connection URI with its password: not to be kept."""
        query = {"branch_id": branch.id, "database_name": self.database_name, "role_name": self.role}
        doing = f"asking for the way to {branch.name}"
        return (await self.asking.get("/connection_uri", Address, doing, query)).uri

    async def _endpoints(self, branch: Branch) -> tuple[str, ...]:
        path, doing = f"/branches/{branch.id}/endpoints", f"looking how {branch.name} is reached"
        return tuple(endpoint.id for endpoint in (await self.asking.get(path, Endpoints, doing)).endpoints)

    async def _password(self, branch_id: str) -> str:
        path = f"/branches/{branch_id}/roles/{self.role}/reveal_password"
        return (await self.asking.get(path, Password, f"looking at the role {self.role} of {branch_id}")).password

    async def _operations(self, branch: Branch) -> tuple[Operation, ...]:
        """The branch's operations of late. Neon lists those of the whole project, the newest first."""
        query: dict[str, str | int] = {"limit": PAGE}
        found: list[Operation] = []
        since = self.now() - _YOUNG
        while True:
            page = await self.asking.get("/operations", Operations, f"looking what happens to {branch.name}", query)
            found += [
                each
                for each in page.operations
                if each.branch_id == branch.id
                and each.action not in _OF_ITSELF
                # What ended badly long ago says nothing of a branch that is usable now.
                and (each.created_at >= since or each.status not in _ENDED)
            ]
            cursor = page.pagination.cursor if page.pagination else ""
            if not cursor or not page.operations or page.operations[-1].created_at < since:
                return tuple(found)
            query = query | {"cursor": cursor}


def newest(operations: Sequence[Operation]) -> Iterable[Operation]:
    """The last operation of each action, from a list that has the newest first: it says how the action ended."""
    return {each.action: each for each in reversed(operations)}.values()


def _mark(page: Branches, branch: Branch) -> Mark | None:
    annotation = page.annotations.get(branch.id)
    return read(annotation.value) if annotation else None


def _instant(moment: datetime) -> str:
    """As Neon wants it: RFC 3339, to the second."""
    return moment.isoformat(timespec="seconds")
