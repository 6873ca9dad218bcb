"""Hooks of charts: what runs before and after everything else, and what never runs in a preview."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.manifests.hooks import Disposal, events_of, kept, staged
from domain.manifests.policy import Manifest

_EVENTS = ("pre-install", "pre-upgrade", "post-install", "post-upgrade", "test", "pre-delete", "post-rollback")


def _job(name: str, events: str = "", **annotations: str) -> dict[str, Any]:
    hook = {"helm.sh/hook": events} if events else {}
    written = {f"helm.sh/hook-{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "annotations": {**hook, **written}}}


def _names(stage: Any) -> list[str]:
    return [one.content["metadata"]["name"] for one in stage]


_JOBS = st.lists(
    st.builds(
        _job,
        st.sampled_from("abcdef"),
        st.lists(st.sampled_from(_EVENTS), max_size=2).map(",".join),
        weight=st.sampled_from(("-5", "0", "10", "x", "")),
    ),
    max_size=8,
)


def test_hooks_run_in_the_order_of_their_weights_and_names() -> None:
    """My migration with the weight -5 runs before the one with 10, and those of one weight by their names."""
    jobs = [
        _job("late", "pre-install", weight="10"),
        _job("b", "pre-install,pre-upgrade"),
        _job("a", "pre-upgrade, pre-install", weight="0"),
        _job("early", "pre-install", weight="-5"),
        _job("usual"),
        _job("after", "post-install"),
    ]

    stages = staged(jobs, upgrade=False)

    assert _names(stages.before) == ["early", "a", "b", "late"]
    assert [one["metadata"]["name"] for one in stages.objects] == ["usual"]
    assert _names(stages.after) == ["after"]


def test_an_upgrade_has_hooks_of_its_own() -> None:
    """What runs at the first revision only does not run at the next push."""
    jobs = [_job("first", "pre-install"), _job("next", "pre-upgrade"), _job("both", "pre-install,post-upgrade")]

    assert _names(staged(jobs, upgrade=False).before) == ["both", "first"]
    assert _names(staged(jobs, upgrade=True).before) == ["next"]
    assert _names(staged(jobs, upgrade=True).after) == ["both"]


def test_hooks_that_nothing_would_run_are_left_out() -> None:
    """Tests of the chart, and what it does at its removal, are not even judged."""
    manifests = [Manifest("f", _job(event, event)) for event in (*_EVENTS, "no-such-event")]

    names = [one.content["metadata"]["name"] for one in kept(manifests, upgrade=False)]

    assert names == ["pre-install", "post-install"]


def test_a_hook_says_when_it_is_deleted() -> None:
    """Without a word, the object of the last time goes before the next, as in Helm."""
    jobs = [
        _job("a", "pre-install"),
        _job("b", "pre-install", delete_policy="hook-succeeded, hook-failed"),
        _job("c", "pre-install", delete_policy="whenever"),
    ]

    first, second, third = staged(jobs, upgrade=False).before

    assert first.disposals == third.disposals == {Disposal.BEFORE_CREATION}
    assert second.disposals == {Disposal.SUCCEEDED, Disposal.FAILED}


@given(_JOBS, st.booleans())
def test_nothing_is_lost_and_nothing_is_invented(jobs: list[dict[str, Any]], upgrade: bool) -> None:
    """Every object that is kept is in a stage, and the same objects in another order give the same hooks."""
    wanted = [one.content for one in kept([Manifest("f", job) for job in jobs], upgrade=upgrade)]
    stages = staged(wanted, upgrade=upgrade)

    found = [*stages.objects, *(hook.content for hook in (*stages.before, *stages.after))]
    assert all(job in found for job in wanted)
    assert all(job in wanted for job in found)
    assert all(not events_of(one) for one in stages.objects)
    weights = [hook.weight for hook in stages.before]
    assert weights == sorted(weights)
    assert _names(staged(wanted[::-1], upgrade=upgrade).before) == _names(stages.before)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda one: st.dictionaries(
            st.sampled_from(("metadata", "annotations", "helm.sh/hook", "helm.sh/hook-weight", "kind")), one
        ),
    )
)
def test_whatever_shape_an_object_has_it_is_staged(content: Any) -> None:
    """What a stranger wrote cannot break the sorting; whether it is allowed is for policy to say."""
    manifests = kept([Manifest("f", content)], upgrade=False)

    assert len(manifests) in {0, 1}
    staged([one.content for one in manifests], upgrade=False)
