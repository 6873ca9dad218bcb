"""Pinning: no image of any pod template stays by its tag."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.manifests.pinning import images_of, pinned
from domain.manifests.policy import Manifest, refusals
from tests.domain.manifests.cases import DIGEST, IMAGE, RULES, good

_TAGGED = st.from_regex(r"registry\.localhost:5000/[a-z]{1,5}:[a-z0-9]{1,5}", fullmatch=True)
_KINDS = st.sampled_from(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"])


@st.composite
def _workload(draw: st.DrawFn) -> tuple[dict[str, Any], list[str]]:
    """An object of any kind that has pods, and the images that stand in it."""
    lists = {
        name: draw(st.lists(_TAGGED, max_size=3)) for name in ("containers", "initContainers", "ephemeralContainers")
    }
    volumes = draw(st.lists(_TAGGED, max_size=1))
    pod: dict[str, Any] = {name: [{"name": "a", "image": image} for image in images] for name, images in lists.items()}
    pod["volumes"] = [{"name": "v", "image": {"reference": image}} for image in volumes]
    template: dict[str, Any] = {"spec": pod}
    kind = draw(_KINDS)
    match kind:
        case "Pod":
            content: dict[str, Any] = {"kind": kind, **template}
        case "CronJob":
            content = {"kind": kind, "spec": {"jobTemplate": {"spec": {"template": template}}}}
        case _:
            content = {"kind": kind, "spec": {"template": template}}
    return content, [image for images in (*lists.values(), volumes) for image in images]


@given(_workload())
def test_every_image_is_found_and_replaced(workload: tuple[dict[str, Any], list[str]]) -> None:
    """Init containers, containers for debugging, volumes that are images, and the pods of a CronJob."""
    content, images = workload
    before = copy.deepcopy(content)

    assert images_of([content]) == tuple(dict.fromkeys(images))
    (done,) = pinned([content], {image: f"{image}@{DIGEST}" for image in images})

    assert images_of([done]) == tuple(dict.fromkeys(f"{image}@{DIGEST}" for image in images))
    assert content == before


@given(_workload())
@settings(max_examples=50)
def test_nothing_but_images_changes(workload: tuple[dict[str, Any], list[str]]) -> None:
    """Pinning back gives what was there."""
    content, images = workload
    (there,) = pinned([content], {image: f"{image}@{DIGEST}" for image in images})
    (back,) = pinned([there], {f"{image}@{DIGEST}": image for image in images})
    assert back == content


def test_what_is_pinned_already_stays() -> None:
    """A chart that pins by itself is applied as it is."""
    objects = [manifest.content for _, manifests in good() for manifest in manifests]
    assert images_of(objects) == (IMAGE,)
    assert pinned(objects, {}) == tuple(objects)


def test_an_image_that_nobody_pinned_is_refused_afterwards() -> None:
    """What a registry did not know does not reach the cluster by its tag."""
    content = copy.deepcopy(good()[1][1][0].content)
    content["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.localhost:5000/a:b"
    (done,) = pinned([content], {"registry.localhost:5000/other:b": IMAGE})
    assert [str(refusal.rule) for refusal in refusals([Manifest("a.yaml", done)], RULES)] == ["image"]
