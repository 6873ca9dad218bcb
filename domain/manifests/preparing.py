"""Preparing: rendered manifests, as they are applied, or everything that is wrong with them in one error."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.errors import PermanentError
from domain.manifests.confining import confined
from domain.manifests.fitting import fitted
from domain.manifests.hooks import Stages, kept, staged
from domain.manifests.inventory import ordered
from domain.manifests.pinning import pinned
from domain.manifests.policy import Manifest, refusals
from domain.manifests.refusals import told
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, list_of
from domain.phases import Reason

_ROOM = 950


def prepared(
    manifests: Sequence[Manifest], rules: Rules, references: Mapping[str, str], *, upgrade: bool = False
) -> Stages:
    """The objects in the order of applying: judged, pinned to `references`, judged again, confined, in stages.

    PermanentError names file, object, field, rule and cure of what is refused, or the hosts that nothing serves.
    """
    wanted = kept(manifests, upgrade=upgrade)
    # A tag may be written without its registry, which only the pinned reference names.
    _require_allowed(wanted, replace(rules, pinned=False, registries=()))
    images = pinned([one.content for one in wanted], references)
    fixed = [replace(one, content=content) for one, content in zip(wanted, images, strict=True)]
    _require_allowed(fixed, rules)
    objects = ordered(fitted([_lasting(confined(one.content, rules)) for one in fixed], rules))
    _require_served(objects, rules)
    return staged(objects, upgrade=upgrade)


def unserved(objects: Sequence[Any], rules: Rules) -> tuple[str, ...]:
    """The hosts of the preview that no route among these objects has."""
    served = {host for one in objects for host in _hosts(one)}
    return tuple(host for host in rules.hosts if host not in served)


def _lasting(content: dict[str, Any]) -> dict[str, Any]:
    """The object; a Job without the wish to be deleted when it has ended, after which nobody could see how."""
    if content["kind"] != "Job":
        return content
    return {**content, "spec": {key: one for key, one in content["spec"].items() if key != "ttlSecondsAfterFinished"}}


def _hosts(content: Any) -> Iterator[Any]:
    match at(content, "kind"):
        case "HTTPRoute":
            yield from list_of(at(content, "spec", "hostnames"))
        case "Ingress":
            yield from (at(one, "host") for one in list_of(at(content, "spec", "rules")))
        case _:
            return


def _require_allowed(manifests: Sequence[Manifest], rules: Rules) -> None:
    refused = refusals(manifests, rules)
    if refused:
        raise PermanentError(told(refused, _ROOM), reason=Reason.PLATFORM_REFUSED)


def _require_served(objects: Sequence[Any], rules: Rules) -> None:
    left = unserved(objects, rules)
    if left:
        raise PermanentError(
            f"no HTTPRoute or Ingress has the host {', '.join(left)}; give every public service one, by a value "
            "such as {web.host}, or take public: true away",
            reason=Reason.DEFINITION_INVALID,
        )
