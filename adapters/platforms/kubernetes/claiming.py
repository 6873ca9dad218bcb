"""Claiming: the namespace of a preview is ours, and says how new the last request was that was carried out.

A namespace of that name without our mark is never touched. Two workers that claim at once are told apart by the
version that the API server gives to every object: the slower one is told that it came too late, and asks again.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from adapters.marks import Mark
from adapters.platforms.kubernetes.failures import AbsentError, ChangedError
from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.errors import NotYet, PermanentError, TemporaryError
from domain.manifests.founding import HOSTS, KEY, foundation
from domain.manifests.inventory import ANNOTATION, Item, frozen, record, thawed
from domain.manifests.rules import DOMAIN, Rules
from domain.manifests.shapes import at, mapping_of, text_of
from domain.names import is_key, parse_key
from domain.phases import Reason

GENERATION = f"{DOMAIN}/generation"
"""The annotation of the namespace with the generation of the last request."""

RELEASE = f"{DOMAIN}/release"
"""The annotation of the namespace with the release that was deployed last."""

WANTED = f"{DOMAIN}/wanted"
"""The annotation with the inventory of that release alone; the whole one has what is to be pruned as well."""

HOOKS = f"{DOMAIN}/hooks"
"""The annotation of the namespace with the hooks of that release; only one of rendered manifests has it."""

_RECORDER = "matinee-inventory"
_ATTEMPTS = 3


def item(namespace: str) -> Item:
    """The namespace, as it is asked for."""
    return Item("v1", "Namespace", namespace)


def mark_of(namespace: Thing) -> Mark | None:
    """The mark of a namespace, None if it has none that can be read."""
    metadata = at(namespace, "metadata")
    installation = text_of(at(metadata, "labels", f"{DOMAIN}/installation"))
    key, generation = text_of(at(metadata, "annotations", KEY)), text_of(at(metadata, "annotations", GENERATION))
    if not installation or not is_key(key):
        return None
    return Mark(
        installation=installation,
        key=parse_key(key),
        made_at=datetime.fromisoformat(text_of(at(metadata, "creationTimestamp"))).astimezone(UTC),
        generation=int(generation) if generation.isdigit() else 0,
    )


def inventory_of(namespace: Thing, annotation: str = ANNOTATION) -> tuple[Item, ...]:
    """What it is known to hold of what was applied for a pull request."""
    try:
        return thawed(text_of(at(namespace, "metadata", "annotations", annotation)))
    except ValueError as error:
        raise PermanentError(str(error), reason=Reason.PLATFORM_REFUSED) from error


def hooks_of(namespace: Thing) -> tuple[Item, ...] | None:
    """The hooks of the release that was deployed last; None if that was not made of rendered manifests."""
    return inventory_of(namespace, HOOKS) if HOOKS in mapping_of(at(namespace, "metadata", "annotations")) else None


def hosts_of(namespace: Thing) -> tuple[str, ...]:
    """The hosts of its routes."""
    return tuple(filter(None, text_of(at(namespace, "metadata", "annotations", HOSTS)).split(",")))


def is_ending(namespace: Thing) -> bool:
    """Whether it is being deleted."""
    return bool(at(namespace, "metadata", "deletionTimestamp"))


def uid_of(thing: Thing) -> str:
    """What no other object ever has, not even a later one of the same name."""
    return text_of(at(thing, "metadata", "uid"))


async def ours(api: Api, name: str, mark: Mark, *, late: bool = True) -> Thing | None:
    """The namespace if it is there and ours; PermanentError if it is another's, or `late` and of a later request."""
    found = await api.get(item(name))
    if found is None:
        return None
    known = mark_of(found)
    if known is None or not mark.same(known):
        whose = f"the preview {known.key} of the installation {known.installation}" if known else "somebody else"
        raise PermanentError(
            f"the namespace {name} is there already and belongs to {whose}, so it is not touched; "
            "remove it, or set another MATINEE_PLATFORMS__<NAME>__PREFIX",
            reason=Reason.NOT_OURS,
        )
    if late:
        mark.refuse_late(known, name, Reason.PLATFORM_REFUSED)
    return found


def claimed(found: Thing | None, rules: Rules, mark: Mark) -> Thing:
    """The namespace as it is claimed by this request, and no other one than was found.

    Rules of no release leave the hosts that it has: a command runs beside a preview whose routes it does not know.
    """
    hosts = rules.hosts if rules.release or found is None else hosts_of(found)
    wanted = foundation(replace(rules, hosts=hosts))[0]
    wanted["metadata"]["annotations"][GENERATION] = str(mark.generation)
    if found is not None:
        wanted["metadata"] |= {"uid": uid_of(found), "resourceVersion": found["metadata"]["resourceVersion"]}
    return wanted


@dataclass(frozen=True, kw_only=True)
class Claiming:
    """Claims namespaces of one cluster."""

    api: Api

    async def claim(self, rules: Rules, mark: Mark) -> Thing:
        """The namespace, which is there with this mark. NotYet while one of that name is still being removed."""
        for _ in range(_ATTEMPTS):
            found = await ours(self.api, rules.namespace, mark)
            if found and is_ending(found):
                raise NotYet(f"the namespace {rules.namespace} is still being removed; the preview starts after that")
            try:
                return await self._written(found, rules, mark)
            except (ChangedError, AbsentError):
                continue
        raise TemporaryError(f"{rules.namespace} is being changed by others", reason=Reason.PLATFORM_UNAVAILABLE)

    async def _written(self, found: Thing | None, rules: Rules, mark: Mark) -> Thing:
        wanted = claimed(found, rules, mark)
        return await (self.api.apply(wanted) if found else self.api.create(wanted))

    async def record(
        self,
        namespace: Thing,
        *,
        held: tuple[Item, ...],
        wanted: tuple[Item, ...],
        release: str,
        hooks: tuple[Item, ...] | None = None,
    ) -> Thing:
        """The namespace says that it may hold these objects, and that this release wants those and has these hooks.

        ChangedError if it has been changed since, or is another one of the same name.
        """
        written = record(namespace["metadata"]["name"], held)
        written["metadata"]["annotations"] |= {WANTED: frozen(wanted), RELEASE: release}
        written["metadata"]["annotations"] |= {} if hooks is None else {HOOKS: frozen(hooks)}
        written["metadata"] |= {"uid": uid_of(namespace), "resourceVersion": namespace["metadata"]["resourceVersion"]}
        return await self.api.apply(written, manager=_RECORDER)
