"""Releases as they are kept: they come back as they were, whatever they hold, and what is no release is none."""

import gzip
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.manifests.hooks import Disposal, Hook, Stages
from domain.manifests.releases import Release, frozen, thawed

_JSON: Any = st.dictionaries(st.text(max_size=5), st.none() | st.booleans() | st.integers() | st.text(max_size=20))
_HOOKS = st.lists(
    st.builds(Hook, content=_JSON, weight=st.integers(), disposals=st.frozensets(st.sampled_from(Disposal))), max_size=3
).map(tuple)
_RELEASES = st.builds(
    Release,
    name=st.text(max_size=10),
    stages=st.builds(Stages, before=_HOOKS, objects=st.lists(_JSON, max_size=3).map(tuple), after=_HOOKS),
    settled=st.booleans(),
    done=st.integers(0, 6),
    failure=st.text(max_size=20),
)


@given(_RELEASES)
def test_what_is_kept_comes_back_as_it_was(release: Release) -> None:
    """A worker that takes over goes on with exactly the objects and hooks that another one rendered."""
    assert thawed(frozen(release)) == release
    assert frozen(release) == frozen(release)


@given(st.binary(max_size=60) | st.binary(max_size=60).map(gzip.compress))
def test_what_is_no_release_is_none(content: bytes) -> None:
    """What somebody else, or an older Matinee, has left there is rendered anew instead of ending the worker."""
    assert thawed(content) is None
    assert thawed(gzip.compress(b'{"form": 0}')) is None


def test_hooks_are_counted_through_both_stages() -> None:
    """The first hook after the objects is the next one once all before them have ended."""
    before, after = Hook(content={"a": 1}), Hook(content={"b": 2})
    release = Release(name="r1", stages=Stages(before=(before,), after=(after,)))

    assert release.first == 1
    assert release.hooks[release.advanced().done] is after
