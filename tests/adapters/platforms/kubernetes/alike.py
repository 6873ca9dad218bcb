"""Alike: all objects of one preview without what is its own, so that it can be compared with another one."""

import base64
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from domain.manifests.releases import thawed
from domain.manifests.shapes import at, list_of, mapping_of, text_of
from tests.whole.lasting import Objects, Place

_DRAWN = {"clusterIP", "clusterIPs", "activeDeadlineSeconds", "status"}
"""What the cluster draws by lot or counts for itself, and what depends on the time at which something was asked."""

_SHADOWS = {"Endpoints", "IPAddress"}
"""Kinds in which the cluster keeps addresses of Services, which are compared themselves."""

_TOLD = "Pod"
"""The kind of what others make for our objects of which the annotations are compared: flags are told in one."""


def alike(ours: Objects, own: re.Pattern[str]) -> Objects:
    """These objects, which are all of one preview, without what the pattern finds in their names and texts.

    Of what a controller makes of another object there stands how many of them there are, and of pods what they were
    told. How one stands is not compared: what is wanted is, and the cluster does the rest.
    """
    ours = {place: one for place, one in ours.items() if one["kind"] not in _SHADOWS}
    uids = {one["metadata"]["uid"]: f"the uid of {one['kind']} {place.name}" for place, one in ours.items()}
    made = [place for place in ours if _maker(ours, place) != place]
    kept = {_common(place, own): _plain(ours[place], uids, own) for place in ours.keys() - set(made)}
    return {**kept, **_counted(ours, made, own)}


def _common(place: Place, own: re.Pattern[str]) -> Place:
    return Place(place.kind, own.sub("", place.namespace), own.sub("", place.name))


def _counted(ours: Objects, made: list[Place], own: re.Pattern[str]) -> Objects:
    """How many objects of each kind others have made for ours, by what they were told; what is being ended is not."""
    counted: dict[Place, Counter[str]] = {}
    for place in made:
        metadata = ours[place]["metadata"]
        if "deletionTimestamp" not in metadata:
            told = mapping_of(metadata.get("annotations")) if ours[place]["kind"] == _TOLD else {}
            where = _common(place._replace(name=f"of {_maker(ours, place).name}"), own)
            counted.setdefault(where, Counter())[own.sub("", json.dumps(told))] += 1
    return counted


def _maker(ours: Objects, place: Place) -> Place:
    """What the object was made for, in the end; itself, if nobody did."""
    owners = [one for one in list_of(at(ours.get(place), "metadata", "ownerReferences")) if at(one, "controller")]
    for owner in owners:
        kind = f"{at(owner, 'apiVersion')} {at(owner, 'kind')}"
        return _maker(ours, Place(kind, place.namespace, text_of(at(owner, "name"))))
    return place


def _plain(one: Any, uids: Mapping[str, str], own: re.Pattern[str]) -> Any:
    whole = {**one, "data": {name: _opened(value) for name, value in one["data"].items()}} if _is_secret(one) else one
    text = json.dumps(_undrawn(whole))
    for uid, words in uids.items():
        text = text.replace(uid, words)
    return json.loads(own.sub("", text))


def _is_secret(one: Any) -> bool:
    return one["kind"] == "Secret" and "data" in one


def _opened(value: str) -> str:
    """What stands in a Secret, as text."""
    content = base64.b64decode(value)
    return str(thawed(content)) if thawed(content) else content.decode(errors="replace")


def _undrawn(value: object) -> object:
    if isinstance(value, dict):
        return {key: _undrawn(each) for key, each in mapping_of(value).items() if key not in _DRAWN}
    return [_undrawn(each) for each in list_of(value)] if isinstance(value, list) else value
