"""Queueing: who may have the next lease, as pure functions over the state of one throttle.

Within a repository the first to come is the first served; between repositories the turn goes round by name, so
that between two leases of one repository every other one that waits gets its own. No function here reads a
clock: `now` is an argument.

What keeps the limit: a lease is in `held` before its holder hears of it, and leaves `held` only when its holder
gave it back, when its holder can no longer take it up, when it was seen that nothing runs under it any more, or
when everything that ran under it must have ended itself.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.leases import Grant, Lease, Ticket, Waiting

TAKE_UP = timedelta(seconds=5)
"""How long a holder may take to take a lease up. Later it has to ask again, which it does with the same token."""

GRACE = timedelta(seconds=10)
"""How long after a lease's end its place stays taken: for clocks that differ and for processes that die slowly."""

LOOK_EVERY = timedelta(seconds=15)
"""How often, while somebody waits, holders are looked at whether they are gone."""

REMEMBER = timedelta(seconds=120)
"""How long a token that was given back is remembered, so that a doubled or late wish for it is no new one.

It is forgotten so that a holder whose history was reset, and who asks for it in earnest, is served in the end.
"""

REMEMBERED_MOST = 1_000
"""Tokens remembered at most; one forgotten too early costs one lease that is handed back at once."""

PACE = 20
"""Durations of past leases from which the wait is estimated."""


@dataclass(frozen=True, kw_only=True)
class Spent:
    """A token that was given back, and when."""

    token: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ThrottleState:
    """All that a throttle knows; it is what continue-as-new carries on.

    The newest lease in `held` is the last. `turn` is the repository that was served last. `durations` are
    those of the last leases that were given back. `looked_at` is when holders were last looked at.
    """

    limit: int
    queue: tuple[Waiting, ...] = ()
    held: tuple[Lease, ...] = ()
    turn: str = ""
    spent: tuple[Spent, ...] = ()
    durations: tuple[float, ...] = ()
    looked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ThrottleInput:
    """What a throttle is started with; `state` is there when it continues as new.

    `first` says that the Temporal server knows no earlier throttle of this server, whose leases could still run.
    It continues as new after so many events of its history, or when Temporal suggests it if that is 0.
    """

    server: str
    limit: int = 3
    state: ThrottleState | None = None
    first: bool = False
    continue_after_events: int = 0


LIMIT_MEMO = "limit"
"""Where a throttle writes a limit that was set by hand, so that its successor finds it should it be terminated."""


def request(state: ThrottleState, ticket: Ticket, now: datetime) -> ThrottleState:
    """The state in which this ticket waits, or holds, once; a wish for a token just given back is no wish.

    A wish for a token that holds a lease comes from a holder that has not heard of it, or too late to take it up:
    its lease then ends as late as if it were given now, and the caller tells the holder of it once more.
    """
    state = _forgetting(state, now)
    if lease := lease_of(state, ticket.token):
        later = replace(lease, ends=max(lease.ends, now + timedelta(seconds=ticket.seconds)))
        return replace(state, held=tuple(later if one is lease else one for one in state.held))
    known = {waiting.ticket.token for waiting in state.queue} | {spent.token for spent in state.spent}
    if ticket.token in known:
        return state
    return replace(state, queue=(*state.queue, Waiting(ticket=ticket, since=now)))


def release(state: ThrottleState, token: str, now: datetime) -> ThrottleState:
    """The state in which this token neither holds nor waits, and for a while cannot again."""
    state = _forgetting(state, now)
    lease = lease_of(state, token)
    durations = (*state.durations, (now - lease.granted_at).total_seconds()) if lease else state.durations
    others = tuple(spent for spent in state.spent if spent.token != token)
    return replace(
        withdrawn(state, token),
        durations=durations[-PACE:],
        spent=(*others, Spent(token=token, at=now))[-REMEMBERED_MOST:],
    )


def withdrawn(state: ThrottleState, token: str) -> ThrottleState:
    """The state in which this token neither holds nor waits: its holder is gone, with all that ran under it."""
    return replace(
        state,
        held=tuple(lease for lease in state.held if lease.ticket.token != token),
        queue=tuple(waiting for waiting in state.queue if waiting.ticket.token != token),
    )


def resize(state: ThrottleState, limit: int) -> ThrottleState:
    """The state with this limit; 0 stops granting, less than 0 is no limit and changes nothing.

    After it was made smaller, nothing is granted until fewer than the limit are held.
    """
    return replace(state, limit=limit) if limit >= 0 else state


def expire(state: ThrottleState, now: datetime) -> ThrottleState:
    """The state without the leases whose end is so long past that nothing can run under them any more.

    Their tokens are not remembered: a holder that slept through its lease asks again with the same one.
    """
    return replace(state, held=tuple(lease for lease in state.held if now < lease.ends + GRACE))


def adopt(state: ThrottleState, leases: tuple[Lease, ...]) -> ThrottleState:
    """The state that knows these leases too, which an earlier throttle gave; even if they are more than the limit."""
    taken = {lease.ticket.token for lease in state.held} | {spent.token for spent in state.spent}
    found = tuple(lease for lease in leases if lease.ticket.token not in taken)
    tokens = {lease.ticket.token for lease in found}
    waiting = tuple(waiting for waiting in state.queue if waiting.ticket.token not in tokens)
    return replace(state, held=(*state.held, *found), queue=waiting)


def grantable(state: ThrottleState) -> tuple[Ticket, ...]:
    """The tickets that may have a lease now, in the order in which they are served."""
    free = max(0, state.limit - len(state.held))
    return tuple(waiting.ticket for waiting in order(state)[:free])


def grant(state: ThrottleState, ticket: Ticket, now: datetime) -> ThrottleState:
    """The state in which this waiting ticket holds a lease; ValueError if it does not wait or no place is free."""
    if ticket not in grantable(state):
        raise ValueError(f"{ticket.token} cannot have a lease: {len(state.held)} of {state.limit} are held")
    lease = Lease(ticket=ticket, granted_at=now, ends=now + timedelta(seconds=ticket.seconds))
    return replace(withdrawn(state, ticket.token), held=(*state.held, lease), turn=ticket.repository)


def offer(lease: Lease, server: str, now: datetime) -> Grant:
    """What the holder of this lease is told of it now."""
    ticket = lease.ticket
    return Grant(token=ticket.token, server=server, take_by=now + TAKE_UP, ends=lease.ends, label=ticket.label)


def lease_of(state: ThrottleState, token: str) -> Lease | None:
    """The lease that this token holds, or None."""
    return next((lease for lease in state.held if lease.ticket.token == token), None)


def order(state: ThrottleState) -> tuple[Waiting, ...]:
    """The queue in the order in which it will be served if nobody else comes."""
    lines: dict[str, list[Waiting]] = {}
    for waiting in state.queue:
        lines.setdefault(waiting.ticket.repository, []).append(waiting)
    names = sorted(lines, key=lambda name: (name <= state.turn, name))
    longest = max(map(len, lines.values()), default=0)
    return tuple(lines[name][turn] for turn in range(longest) for name in names if turn < len(lines[name]))


def suspects(state: ThrottleState, now: datetime) -> tuple[Lease, ...]:
    """The leases whose holders should be looked at now: somebody waits for a place, and it is time to look."""
    due = look_at(state)
    return state.held if due is not None and due <= now else ()


def look_at(state: ThrottleState) -> datetime | None:
    """When holders should next be looked at whether they are gone; None while nobody waits for them."""
    if not state.queue or not state.held or len(state.held) < state.limit:
        return None
    oldest = min(lease.granted_at for lease in state.held)
    return max(oldest, state.looked_at or oldest) + LOOK_EVERY


def _forgetting(state: ThrottleState, now: datetime) -> ThrottleState:
    return replace(state, spent=tuple(spent for spent in state.spent if now < spent.at + REMEMBER))
