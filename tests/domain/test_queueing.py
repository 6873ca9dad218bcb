"""Who has the next lease, by examples; test_queueing_schedules.py has everything that can happen, in any order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.leases import Grant, Place, Ticket, held_by, lease_attribute
from domain.places import TELL_EVERY, next_deadline, places, queue_of, told, untold
from domain.queueing import (
    GRACE,
    LOOK_EVERY,
    REMEMBER,
    TAKE_UP,
    ThrottleState,
    adopt,
    expire,
    grant,
    grantable,
    offer,
    order,
    release,
    request,
    resize,
    suspects,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def ticket(token: str, repository: str = "acme/shop", seconds: float = 600.0) -> Ticket:
    """A wish for a lease."""
    return Ticket(
        token=token, workflow_id=f"preview:{token}", run_id="run", repository=repository, label=token, seconds=seconds
    )


def throttle(*tickets: Ticket, limit: int = 1) -> ThrottleState:
    """A throttle that these tickets have asked, and that has granted nothing yet."""
    state = ThrottleState(limit=limit)
    for one in tickets:
        state = request(state, one, NOON)
    return state


def served(state: ThrottleState, now: datetime = NOON) -> ThrottleState:
    """The throttle after everything that may be granted is."""
    for one in grantable(state):
        state = grant(state, one, now)
    return state


def holding(state: ThrottleState) -> list[str]:
    """The tokens that hold a lease, the oldest first."""
    return [lease.ticket.token for lease in state.held]


def test_one_repository_is_served_in_the_order_in_which_it_asked() -> None:
    """Within my repository, whoever asked first goes first."""
    state = throttle(ticket("c"), ticket("a"), ticket("b"))

    assert [waiting.ticket.token for waiting in order(state)] == ["c", "a", "b"]


def test_repositories_take_turns() -> None:
    """A neighbour who opens ten pull requests at once does not make my one wait for all of them."""
    noisy = [ticket(f"noisy{number}", "acme/noisy") for number in range(3)]
    state = served(throttle(*noisy, ticket("quiet", "acme/quiet")))

    assert holding(state) == ["noisy0"]
    assert [waiting.ticket.token for waiting in order(state)] == ["quiet", "noisy1", "noisy2"]


def test_asking_again_neither_doubles_the_wish_nor_loses_its_place() -> None:
    """I may ask as often as I like: I stand in the queue once, where I first stood."""
    state = throttle(ticket("a"), ticket("b"))

    assert request(state, ticket("a"), NOON + timedelta(seconds=30)) == state


def test_asking_again_while_holding_lets_the_lease_run_its_full_time() -> None:
    """If the news of my lease was lost, I get it again with as much time as I asked for."""
    state = served(throttle(ticket("a")))
    later = NOON + timedelta(seconds=100)

    again = request(state, ticket("a"), later)

    assert holding(again) == ["a"]
    assert offer(again.held[0], "main", later) == Grant(
        token="a", server="main", take_by=later + TAKE_UP, ends=later + timedelta(seconds=600), label="a"
    )


def test_a_wish_that_comes_after_its_own_return_is_no_wish() -> None:
    """A doubled message that arrives late takes no place from anybody."""
    state = release(served(throttle(ticket("a"))), "a", NOON)

    assert request(state, ticket("a"), NOON + REMEMBER / 2).queue == ()


def test_a_token_is_a_wish_again_once_its_return_is_forgotten() -> None:
    """A holder whose history an operator reset asks with the token of before, and is served in the end."""
    state = release(throttle(ticket("a")), "a", NOON)

    assert grantable(request(state, ticket("a"), NOON + REMEMBER)) == (ticket("a"),)


def test_giving_back_what_nobody_holds_changes_nothing() -> None:
    """A stray release frees no place."""
    state = served(throttle(ticket("a"), ticket("b")))

    after = release(state, "stranger", NOON)

    assert (after.held, after.queue) == (state.held, state.queue)


def test_making_the_limit_smaller_grants_nothing_until_fewer_are_held() -> None:
    """When I lower the limit, what runs runs on, and nothing new begins before there is room."""
    state = served(throttle(*(ticket(token) for token in "abcd"), limit=3))

    smaller = resize(state, 2)

    assert grantable(smaller) == ()
    assert grantable(release(smaller, "a", NOON)) == ()
    assert grantable(release(release(smaller, "a", NOON), "b", NOON)) == (ticket("d"),)


def test_a_limit_of_nothing_stops_and_a_negative_one_is_ignored() -> None:
    """I can freeze a server by 0, and a slip of the keyboard does no harm."""
    state = throttle(ticket("a"))

    assert grantable(resize(state, 0)) == ()
    assert resize(state, -1) == state


def test_a_lease_that_nobody_gives_back_ends_only_after_its_grace() -> None:
    """A lost holder's place returns, but not before everything that ran there has ended itself."""
    state = served(throttle(ticket("a")))
    end = NOON + timedelta(seconds=600)

    assert holding(expire(state, end + GRACE - timedelta(seconds=1))) == ["a"]
    assert holding(expire(state, end + GRACE)) == []


def test_a_holder_that_slept_through_its_lease_may_ask_again() -> None:
    """All workers were down for an hour; when they are back, nobody waits for ever."""
    late = NOON + timedelta(hours=1)

    state = request(expire(served(throttle(ticket("a"))), late), ticket("a"), late)

    assert grantable(state) == (ticket("a"),)


def test_a_ticket_that_cannot_have_a_lease_gets_none() -> None:
    """Even a mistake of the caller cannot exceed the limit."""
    state = served(throttle(ticket("a"), ticket("b")))

    with pytest.raises(ValueError, match="1 of 1 are held"):
        grant(state, ticket("b"), NOON)


def test_adopted_leases_count_even_beyond_the_limit() -> None:
    """A throttle that was terminated starts anew with what still runs, and waits until that is less than the limit."""
    before = served(throttle(ticket("a"), ticket("b"), limit=2))

    after = adopt(throttle(ticket("b"), ticket("c"), limit=1), before.held)

    assert holding(after) == ["a", "b"]
    assert [waiting.ticket.token for waiting in after.queue] == ["c"]
    assert grantable(after) == ()


def test_a_lease_given_back_during_adoption_is_not_adopted() -> None:
    """Search attributes lag behind; what a holder has already given back does not come back."""
    before = served(throttle(ticket("a")))

    assert adopt(release(throttle(), "a", NOON), before.held).held == ()


def test_the_wait_is_estimated_from_the_recent_pace() -> None:
    """I am told about how long my turn will take: my place times the usual duration over the limit."""
    state = served(throttle(*(ticket(token) for token in "abcde"), limit=2))
    state = release(state, "a", NOON + timedelta(seconds=40))

    assert Place(token="d", place=2, wait_seconds=40.0) in places(state)


def test_nothing_is_estimated_without_experience_or_while_frozen() -> None:
    """No number is better than one that means nothing."""
    state = throttle(ticket("a"))

    assert places(state)[0].wait_seconds is None
    assert places(resize(replace(state, durations=(40.0,)), 0))[0].wait_seconds is None


def test_the_queue_shows_who_holds_and_who_waits_in_order() -> None:
    """`matinee throttle` shows me both."""
    state = served(throttle(ticket("a"), ticket("b"), ticket("c")))

    queue = queue_of(state, "main", adopting=False)

    assert [lease.ticket.token for lease in queue.held] == ["a"]
    assert [(waiter.ticket.token, waiter.place.place) for waiter in queue.waiting] == [("b", 1), ("c", 2)]


def test_holders_are_told_their_place_at_once_and_its_changes_once_a_minute() -> None:
    """The comment on my pull request keeps pace with the queue, without a flood of messages."""
    state = served(throttle(ticket("a"), ticket("b"), ticket("c")))
    news = untold(state, NOON)
    state = replace(release(told(state, news, NOON), "b", NOON), looked_at=NOON + TELL_EVERY)

    assert [place.token for place in news] == ["b", "c"]
    assert untold(state, NOON + timedelta(seconds=59)) == ()
    assert next_deadline(state, NOON + timedelta(seconds=59)) == NOON + TELL_EVERY
    assert untold(state, NOON + TELL_EVERY) == places(state)[:1]


def test_holders_are_looked_at_only_while_somebody_waits_for_them() -> None:
    """A server that nobody waits for costs nothing."""
    alone = served(throttle(ticket("a")))
    wanted = request(alone, ticket("b"), NOON)
    due = NOON + LOOK_EVERY

    assert next_deadline(alone, NOON) is None
    assert suspects(alone, due) == ()
    assert suspects(wanted, due - timedelta(seconds=1)) == ()
    assert suspects(wanted, due) == wanted.held
    assert suspects(replace(wanted, looked_at=due), due) == ()


def test_the_attribute_of_a_holder_tells_its_lease() -> None:
    """What a holder writes of itself is what a new throttle reads, whatever characters the token has."""
    given = Grant(token="a|b", server="main", take_by=NOON, ends=NOON, label="shop-12")

    held = held_by(lease_attribute(given), "main")

    assert held is not None
    assert (held.token, held.label, held.ends) == ("a|b", "shop-12", NOON)


@pytest.mark.parametrize("attribute", ["", "main|", "main|a", "other|a|b|2026-11-23", "main|a|b|soon"])
def test_an_attribute_of_something_else_tells_no_lease(attribute: str) -> None:
    """Two servers, or a hand-written value, are never mixed up."""
    assert held_by(attribute, "main") is None
