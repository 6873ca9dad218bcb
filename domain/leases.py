"""Leases: a place among the at most N branchings and migrations that run at once on one database server."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A wish for a lease. The token makes asking again harmless: one token never holds two places."""

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


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a ticket stands in the queue, 1 being next, and the wait that the recent pace makes likely."""

    token: str
    place: int
    wait_seconds: float | None = None
