"""Places in the queue: who stands where, who is to be told of it, and when a throttle has to act by itself."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.leases import Place, Queue, Waiter, Waiting
from domain.queueing import GRACE, ThrottleState, look_at, order

TELL_EVERY = timedelta(seconds=60)
"""How often at most a holder that waits is told of its place."""


def places(state: ThrottleState) -> tuple[Place, ...]:
    """The place of every ticket that waits, the next to be served first."""
    waits = (_wait(state, number) for number in range(1, len(state.queue) + 1))
    return tuple(
        Place(token=waiting.ticket.token, place=number, wait_seconds=wait)
        for number, (waiting, wait) in enumerate(zip(order(state), waits, strict=True), start=1)
    )


def queue_of(state: ThrottleState, server: str, *, adopting: bool) -> Queue:
    """What people see of this throttle."""
    waiters = tuple(
        Waiter(ticket=waiting.ticket, since=waiting.since, place=place)
        for waiting, place in zip(order(state), places(state), strict=True)
    )
    return Queue(server=server, limit=state.limit, held=state.held, waiting=waiters, adopting=adopting)


def untold(state: ThrottleState, now: datetime) -> tuple[Place, ...]:
    """The places whose holders are to be told now: new ones, and changed ones that were told of long enough ago."""
    told = {waiting.ticket.token: _tell_at(waiting, place) for waiting, place in _placed(state)}
    return tuple(place for place in places(state) if (due := told[place.token]) is not None and due <= now)


def told(state: ThrottleState, news: tuple[Place, ...], now: datetime) -> ThrottleState:
    """The state that knows that the holders were told of these places."""
    by_token = {place.token: place.place for place in news}
    return replace(
        state,
        queue=tuple(
            replace(waiting, told_place=by_token[waiting.ticket.token], told_at=now)
            if waiting.ticket.token in by_token
            else waiting
            for waiting in state.queue
        ),
    )


def next_deadline(state: ThrottleState, now: datetime) -> datetime | None:
    """The next instant at which something is to be done though no message came, or None if there is none."""
    ends = [lease.ends + GRACE for lease in state.held] if state.queue else []
    tells = [_tell_at(waiting, place) for waiting, place in _placed(state)]
    due = [instant for instant in (*ends, *tells, look_at(state)) if instant is not None]
    return max(now, min(due)) if due else None


def _placed(state: ThrottleState) -> tuple[tuple[Waiting, Place], ...]:
    return tuple(zip(order(state), places(state), strict=True))


def _tell_at(waiting: Waiting, place: Place) -> datetime | None:
    if waiting.told_at is None:
        return waiting.since
    return waiting.told_at + TELL_EVERY if waiting.told_place != place.place else None


def _wait(state: ThrottleState, place: int) -> float | None:
    if not state.durations or not state.limit:
        return None
    return round(sum(state.durations) / len(state.durations) * place / state.limit, 1)
