"""Fitting: whether all that a preview consists of fits into its quota at one time.

Without this, a Deployment that breaks its quota is accepted, and its pods never appear: the cause stands only in
events of its ReplicaSet.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from domain.errors import PermanentError
from domain.manifests.cures import cure
from domain.manifests.founding import amounts
from domain.manifests.loads import Load, load_of
from domain.manifests.pinning import replaced_at
from domain.manifests.quantities import MIB
from domain.manifests.refusals import Finding, Rule
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, mapping_of, text_of
from domain.phases import Reason

_FIRST = frozenset({"pre-install"})
"""The hook that runs while nothing else of the preview does."""

_STRATEGY = ("spec", "strategy")


def beyond_quota(objects: Sequence[Any], rules: Rules) -> Iterator[Finding]:
    """A finding for each resource of which the objects need more at one time than there is.

    Updates are counted as they are written: one that does not say is made to fit (`fitted`).
    """
    load, quota = together([_in_place(one) for one in objects], rules) | _migrating(objects, rules), rules.quota
    told = " with the migration" if rules.migration else ""
    if load.pods > quota.pods:
        yield Finding("", f"{load.pods} pods at one time{told}", Rule.QUOTA)
    if load.cpu > Decimal(str(quota.cpu)):
        yield Finding("", f"cpu of {load.cpu.normalize():f} cores in limits{told}", Rule.QUOTA)
    if load.memory > quota.memory_mib * MIB:
        yield Finding("", f"memory of {_mib(load.memory)} in limits{told}", Rule.QUOTA)
    if load.claims > quota.claims:
        yield Finding("", f"{load.claims} claims of storage", Rule.QUOTA)
    if load.storage > quota.storage_mib * MIB:
        yield Finding("", f"storage of {_mib(load.storage)} in claims", Rule.QUOTA)


def together(objects: Sequence[Any], rules: Rules) -> Load:
    """The most that these objects take at one time. Hooks run one by one, and beside what an earlier release left."""
    lasting, beside, alone = Load(), Load(), Load()
    for one in objects:
        load, events = load_of(one, rules), _events(one)
        if not events:
            lasting += load
        elif events <= _FIRST:
            alone |= load
        else:
            beside |= load
    return (lasting + beside) | alone


def fitted(objects: Sequence[dict[str, Any]], rules: Rules) -> tuple[dict[str, Any], ...]:
    """The objects; if old and new pods do not fit in together, updates that do not say how end each old one first."""
    room, load = rules.quota, together(objects, rules)
    is_roomy = load.pods <= room.pods and load.cpu <= Decimal(str(room.cpu)) and load.memory <= room.memory_mib * MIB
    return tuple(objects if is_roomy else map(_in_place, objects))


def require_room(objects: Sequence[Any], rules: Rules) -> None:
    """Returns if the objects fit in; PermanentError says of what they need more, before anything is made."""
    found = [text_of(one.value) for one in beyond_quota(objects, rules)]
    if found:
        raise PermanentError(
            f"the preview's quota is too small for the definition, which needs {', '.join(found)}: "
            f"{cure(Rule.QUOTA, rules)}",
            reason=Reason.PLATFORM_REFUSED,
        )


def _migrating(objects: Sequence[Any], rules: Rules) -> Load:
    """What is taken while the next push migrates: the command, beside all that lasts and is not being updated."""
    if rules.migration is None:
        return Load()
    limits = amounts(rules.migration.cpu, rules.migration.memory_mib)
    pod = {"containers": [{"resources": {"limits": limits}}]}
    command = {"kind": "Job", "spec": {"template": {"spec": pod}}}
    return together([command, *(_still(one) for one in objects if not _events(one))], rules)


def _still(content: Any) -> Any:
    """The object as it counts between two updates."""
    is_updated = text_of(at(content, "kind")) == "Deployment"
    return replaced_at(content, _STRATEGY, {"type": "Recreate"}) if is_updated else content


def _in_place(content: Any) -> Any:
    """The object, whose old pods go first if it is a Deployment that leaves the way of its updates open."""
    written = mapping_of(at(content, *_STRATEGY))
    is_open = written.get("type", "RollingUpdate") == "RollingUpdate" and not written.get("rollingUpdate")
    if text_of(at(content, "kind")) != "Deployment" or not is_open:
        return content
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    return replaced_at(content, _STRATEGY, rolling)


def _events(content: Any) -> frozenset[str]:
    """What the object is a hook for; empty for one that stays."""
    written = text_of(mapping_of(at(content, "metadata", "annotations")).get("helm.sh/hook"))
    return frozenset(word.strip().lower() for word in written.split(",") if word.strip())


def _mib(amount: Decimal) -> str:
    return f"{int(amount / MIB)} MiB"
