"""Updates: what does not come up gives way to what answers, and nothing else is touched."""

import pytest

from domain.readiness.fields import text
from domain.readiness.updates import Update, is_complete, is_ending_unready, left_of, of_these, update_of
from tests.domain.readiness.objects import UNREADY, Json, condition, deployment, over, pod, replica_set

NEWEST = {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "2"}}}
STUCK = over(deployment(replicas=2, unavailableReplicas=1), NEWEST)
"""A Deployment whose old pod answers, and whose new one does not."""

OLD, NEW = replica_set(STUCK), replica_set(STUCK, "2", "web-5c6f8", **UNREADY)
GOING = {"metadata": {"deletionTimestamp": "2026-03-02T12:00:00Z"}}


def test_an_update_that_does_not_come_up_goes_back_to_the_pods_that_answer() -> None:
    """My crashing push makes room for the next one, and the page stays as it was."""
    assert not is_complete(STUCK)
    assert update_of(STUCK, (NEW, OLD)) == Update(deployment=STUCK, back=OLD, idle=frozenset({"uid-web-5c6f8"}))


def test_a_preview_that_is_ready_is_left_alone() -> None:
    """Nothing is undone of what works, and what older revisions have left is not waited for."""
    ended = over(OLD, {"spec": {"replicas": 0}, "status": {"replicas": 0, **UNREADY}})
    ready = over(deployment(), NEWEST)

    assert is_complete(ready)
    assert update_of(ready, (replica_set(ready, "2", "web-5c6f8"), ended)) == Update(deployment=ready)


@pytest.mark.parametrize(
    ("thing", "sets"),
    [
        (over(deployment(), {"status": UNREADY}), (over(OLD, {"status": UNREADY}),)),
        (STUCK, ()),
        (over(STUCK, {"spec": {"paused": True}}), (NEW, OLD)),
        (STUCK, (NEW, over(OLD, {"metadata": {"ownerReferences": [{"uid": "uid-other", "controller": True}]}}))),
    ],
    ids=["first rollout", "no replica sets", "paused", "of another"],
)
def test_what_has_nothing_to_go_back_to_stays_as_it_is(thing: Json, sets: tuple[Json, ...]) -> None:
    """A first rollout is never undone, nor what somebody has paused by hand."""
    assert update_of(thing, sets) == Update(deployment=thing)


def test_pushes_none_of_which_ever_came_up_make_room_for_the_next() -> None:
    """After two pushes that crash, the one that mends them can migrate: nobody was answered by either."""
    silent = over(OLD, {"status": UNREADY})
    update = update_of(STUCK, (NEW, silent))

    assert update == Update(deployment=STUCK, is_hopeless=True, idle=frozenset({"uid-web-5c6f8", "uid-web-7d4b9"}))
    assert update_of(over(STUCK, {"spec": {"paused": True}}), (NEW, silent)).is_hopeless is False


def test_an_update_whose_pods_are_all_available_is_not_undone() -> None:
    """A push that has just come up stays, though the old pods are still there."""
    update = update_of(STUCK, (replica_set(STUCK, "2", "web-5c6f8"), OLD))

    assert (update.back, update.idle) == (None, frozenset())


def test_pods_of_what_was_undone_are_still_waited_for() -> None:
    """A worker that died after undoing does not leave the next one without room."""
    undone = over(STUCK, {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "3"}}})
    update = update_of(undone, (NEW, replica_set(STUCK, "3")))

    assert (update.back, update.idle) == (None, frozenset({"uid-web-5c6f8"}))


def test_a_template_that_the_controller_has_not_seen_is_waited_for() -> None:
    """What was applied a moment ago is not judged by the pods of what was before."""
    fresh = over(STUCK, {"metadata": {"generation": 2}})

    assert not is_complete(over(deployment(), {"metadata": {"generation": 2}}))
    assert update_of(fresh, (NEW, OLD)) == Update(deployment=fresh, is_seen=False)


@pytest.mark.parametrize(
    ("second", "back"), [({}, "web-2"), ({"availableReplicas": 2}, "web-2"), (UNREADY, "web-7d4b9")]
)
def test_of_several_older_ones_the_one_that_answers_most_comes_back(second: Json, back: str) -> None:
    """After two failed pushes the page is the last one that worked."""
    sets = (OLD, replica_set(STUCK, "2", "web-2", **second), replica_set(STUCK, "3", "web-3", **UNREADY))
    thing = over(STUCK, {"metadata": {"annotations": {"deployment.kubernetes.io/revision": "3"}}})

    found = update_of(thing, sets).back

    assert text(found, "metadata", "name") == back


def test_their_pods_are_found_by_their_owner_and_ended_only_if_nobody_is_answered() -> None:
    """A pod that still answers somebody is given its time to end."""
    idle = left_of((update_of(STUCK, (NEW, OLD)), update_of(deployment(), ())))
    crashing, answering = pod(NEW, "web-5c6f8-1"), pod(OLD, "web-7d4b9-1")
    ready = {"status": {"conditions": [condition("Ready", "True")]}}

    assert of_these((crashing, answering), idle) == (crashing,)
    assert is_ending_unready(over(crashing, GOING))
    assert not is_ending_unready(crashing)
    assert not is_ending_unready(over(crashing, over(GOING, ready)))
