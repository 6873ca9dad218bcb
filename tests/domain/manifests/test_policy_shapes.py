"""Policy meets any shape: whatever a YAML reader can return is judged, and nothing of it raises an error."""

import copy
import datetime as dt
from typing import Any, cast

from hypothesis import example, given, settings
from hypothesis import strategies as st

from domain.manifests.confining import confined
from domain.manifests.inventory import items_of, ordered
from domain.manifests.kinds import KINDS
from domain.manifests.pinning import images_of, pinned
from domain.manifests.policy import Manifest, refusals
from domain.manifests.refusals import Rule
from tests.domain.manifests.cases import RULES, good, hostile

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_WORDS = st.sampled_from(
    sorted({word for kind in KINDS for word in (kind.api, kind.kind)} | {"metadata", "spec", "template", "containers"})
)
_FOREIGN = st.dates() | st.binary(max_size=3) | st.sets(st.integers(), max_size=2)
_ANY = st.recursive(
    _SCALARS | _WORDS | _FOREIGN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_SCALARS | _WORDS, inner, max_size=4),
    max_leaves=25,
)
_EXAMPLES = tuple(manifest.content for _, manifests in good() for manifest in manifests) + tuple(
    case.content for case in hostile()
)


def _inner(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(cast("dict[Any, Any]", value).items())
    return list(enumerate(cast("list[Any]", value))) if isinstance(value, list) else []


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    return [path, *(place for key, one in _inner(value) for place in _places(one, (*path, key)))]


@st.composite
def _spoilt(draw: st.DrawFn) -> Any:
    """A whole manifest in which one place holds something else."""
    whole = copy.deepcopy(draw(st.sampled_from(_EXAMPLES)))
    place = draw(st.sampled_from(_places(whole)))
    if not place:
        return draw(_ANY)
    target = whole
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = draw(_ANY)
    return whole


@given(st.lists(_ANY | _spoilt(), max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_shape_is_judged_in_words(contents: list[Any]) -> None:
    """No pull request can crash a worker by its manifests, or get by with a shape that nobody thought of."""
    for refusal in refusals([Manifest("a.yaml", content) for content in contents], RULES):
        assert refusal.object
        assert refusal.cure
        assert "\n" not in str(refusal)
        assert len(str(refusal)) < 1_000


@given(_spoilt())
@example({"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "a"}, "spec": None})
@settings(max_examples=150, deadline=None)
def test_what_passed_can_be_pinned_confined_and_ordered(content: Any) -> None:
    """What comes after policy never meets a shape that policy let through."""
    if refusals([Manifest("a.yaml", content)], RULES):
        return
    for image in images_of([content]):
        assert "@sha256:" in image
    (done,) = ordered([confined(one, RULES) for one in pinned([content], {})])
    assert refusals([Manifest("a.yaml", done)], RULES) == ()
    assert items_of([done])


def test_what_contains_itself_ends() -> None:
    """YAML's anchors can make a list that is its own element."""
    endless: list[Any] = []
    endless.append(endless)
    content = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": endless}
    assert {refusal.rule for refusal in refusals([Manifest("a.yaml", content)], RULES)} <= {Rule.SIZE, Rule.SHAPE}


def test_what_unfolds_to_a_billion_ends() -> None:
    """Nine anchors of nine aliases each are a small file and a huge object."""
    laughs: list[Any] = ["lol"]
    for _ in range(40):
        laughs = [laughs] * 9
    content = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"x": laughs}}
    assert {refusal.rule for refusal in refusals([Manifest("a.yaml", content)], RULES)} == {Rule.SIZE}


def test_what_is_as_deep_as_a_well_ends() -> None:
    """Ten thousand brackets exhaust no stack of ours."""
    deep: Any = []
    for _ in range(10_000):
        deep = [deep]
    assert {refusal.rule for refusal in refusals([Manifest("a.yaml", {"kind": deep})], RULES)} == {Rule.SHAPE}


def test_dates_and_keys_that_are_no_text_are_no_json() -> None:
    """`on: true` and `released: 2026-03-02` read as something else than they look."""
    for data in ({True: "x"}, {"released": dt.date(2026, 3, 2)}, {"x": float("nan")}, {"x": "\ud800"}, {"x": 10**5000}):
        content = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}
        assert {refusal.rule for refusal in refusals([Manifest("a.yaml", content)], RULES)} == {Rule.SHAPE}
