"""Leases: a place among the at most N branchings and migrations that run at once on one database server."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A wish for a lease. The token makes asking again harmless: one token never holds two places.

    `run_id` is the first run of the holder's workflow, which stays the same when it continues as new. `label`
    names what would run under the lease, so that databases and platforms can be asked whether it still does.
    """

    token: str
    workflow_id: str
    run_id: str
    repository: str
    label: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Grant:
    """A lease that was given. It must be taken up by `take_by`, and what runs under it ends itself by `ends`."""

    token: str
    server: str
    take_by: datetime
    ends: datetime
    label: str = ""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a ticket stands in the queue, 1 being next, and the wait that the recent pace makes likely."""

    token: str
    place: int
    wait_seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A place that is taken: by which ticket, since when, and the instant at which it ends at the latest."""

    ticket: Ticket
    granted_at: datetime
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A ticket in the queue, since when, and what its holder was last told of its place."""

    ticket: Ticket
    since: datetime
    told_place: int = 0
    told_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Waiter:
    """One line of the queue, as people see it."""

    ticket: Ticket
    since: datetime
    place: Place


@dataclass(frozen=True, kw_only=True)
class Queue:
    """The answer to the query `queue`: who holds a lease, who waits, in the order in which they will be served.

    `adopting` says that the throttle has just been started anew and still looks for leases given before.
    """

    server: str
    limit: int
    held: tuple[Lease, ...] = ()
    waiting: tuple[Waiter, ...] = ()
    adopting: bool = False


@dataclass(frozen=True, kw_only=True)
class LeaseRequest:
    """What a holder asks: a lease for this ticket, from the throttle of this server."""

    server: str
    ticket: Ticket


@dataclass(frozen=True, kw_only=True)
class LeaseReturn:
    """What a holder gives back: the place, or the wish for one, of this token."""

    server: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """What a throttle that was started anew finds: the leases given before it, and the limit last set by hand."""

    held: tuple[Lease, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, kw_only=True)
class HeldBy:
    """A lease as the search attribute of its holder tells it."""

    token: str
    label: str
    ends: datetime


def lease_attribute(grant: Grant) -> str:
    """What a holder says of itself while it holds this lease, so that a throttle started anew finds it.

    The database of search attributes keeps 255 characters of it, so tokens are short.

    >>> instant = datetime.fromisoformat("2026-11-23T15:00:00+00:00")
    >>> lease_attribute(Grant(token="f3|branch|0a", server="main", take_by=instant, ends=instant, label="shop-12"))
    'main|f3|branch|0a|shop-12|2026-11-23T15:00:00+00:00'
    """
    return f"{lease_prefix(grant.server)}{grant.token}|{grant.label}|{grant.ends.isoformat()}"


def lease_prefix(server: str) -> str:
    """How the attribute of every holder of a lease of this server begins."""
    return f"{server}|"


def held_by(attribute: str, server: str) -> HeldBy | None:
    """The lease of this server that the attribute tells of, or None if it tells of none."""
    parts = attribute.removeprefix(lease_prefix(server)).rsplit("|", 2)
    if not attribute.startswith(lease_prefix(server)) or len(parts) != len(("token", "label", "ends")):
        return None
    token, label, ends = parts
    try:
        return HeldBy(token=token, label=label, ends=datetime.fromisoformat(ends))
    except ValueError:
        return None
