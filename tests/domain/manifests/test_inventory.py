"""Inventory: nothing that was applied is forgotten, and nothing that is still wanted is deleted."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.manifests.inventory import ANNOTATION, Item, frozen, item_of, items_of, ordered, pruned, record, thawed
from domain.manifests.kinds import KINDS
from tests.domain.manifests.cases import good

_NAMES = st.from_regex(r"[a-z][a-z0-9.-]{0,8}[a-z0-9]", fullmatch=True)


@st.composite
def _item(draw: st.DrawFn) -> Item:
    kind = draw(st.sampled_from(sorted(KINDS)))
    return Item(kind.api, kind.kind, draw(_NAMES))


_ITEMS = st.sets(_item(), max_size=12)


@settings(max_examples=40)
@given(_ITEMS)
def test_a_frozen_inventory_is_thawed_whole(items: set[Item]) -> None:
    """A worker on another machine knows everything that this one applied."""
    assert set(thawed(frozen(items))) == items
    assert frozen(items) == frozen(sorted(items, reverse=True))


@settings(max_examples=40)
@given(_ITEMS, _ITEMS)
def test_what_a_newer_revision_no_longer_has_is_pruned_once(old: set[Item], new: set[Item]) -> None:
    """A service that a push deleted is deleted, and no other one."""
    gone = pruned(old, new)
    assert set(gone) == old - new
    assert len(gone) == len(set(gone))


@settings(max_examples=40)
@given(_ITEMS)
def test_pruning_takes_the_way_of_applying_back(items: set[Item]) -> None:
    """Nobody is sent to a service that is gone, and no pod waits for a Secret that was deleted before it."""
    objects = [{"apiVersion": item.api, "kind": item.kind, "metadata": {"name": item.name}} for item in items]
    assert pruned(items, set()) == tuple(reversed([item_of(one) for one in ordered(objects)]))


def test_objects_are_applied_so_that_what_they_need_is_there() -> None:
    """Settings before workloads, services before routes."""
    objects = [manifest.content for _, manifests in good() for manifest in manifests]
    kinds = [one["kind"] for one in ordered(objects)]
    wanted = ["Secret", "ConfigMap", "PersistentVolumeClaim", "Service", "StatefulSet", "Deployment", "CronJob", "Job"]
    assert [kind for kind in dict.fromkeys(kinds) if kind in wanted] == wanted
    assert kinds[-2:] == ["HTTPRoute", "Ingress"]


def test_a_newer_version_of_an_api_is_the_same_object() -> None:
    """A chart that moves from autoscaling/v1 to v2 does not lose its autoscaler."""
    old, new = (Item(f"autoscaling/{version}", "HorizontalPodAutoscaler", "web") for version in ("v1", "v2"))
    assert pruned([old], [new]) == ()


def test_an_inventory_is_short_enough_to_be_read() -> None:
    """Somebody who looks at the namespace sees at once what is in it."""
    items = [Item("apps/v1", "Deployment", "web"), Item("v1", "Service", "web"), Item("v1", "Service", "api")]
    assert frozen(items) == "v1/Service=api,web;apps/v1/Deployment=web"
    assert thawed("") == ()


def test_two_hundred_objects_with_long_names_fit_into_an_annotation() -> None:
    """The API server takes 256 KiB of annotations."""
    items = [Item("gateway.networking.k8s.io/v1", "HTTPRoute", f"{n:0>253}") for n in range(200)]
    assert len(frozen(items)) < 60_000


def test_a_record_holds_the_inventory_and_nothing_else() -> None:
    """Writing it changes no label and no mark of the namespace."""
    written = record("preview-shop-12", [Item("v1", "Service", "web")])
    assert written["metadata"] == {"name": "preview-shop-12", "annotations": {ANNOTATION: "v1/Service=web"}}


@pytest.mark.parametrize("text", ["v1/Service", "Service=web", "v1/Service=web,,api", "=", "v1/=web", "v1/Service="])
def test_an_inventory_that_somebody_edited_is_refused_with_a_cure(text: str) -> None:
    """Half an inventory would leave objects behind that nobody remembers."""
    with pytest.raises(ValueError, match="delete the namespace"):
        thawed(text)


def test_items_stand_in_the_order_of_applying() -> None:
    """The inventory lists each object once, however often a chart renders it."""
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "web"}}
    assert items_of([service, config, service]) == (Item("v1", "ConfigMap", "web"), Item("v1", "Service", "web"))
