"""Policy: everything that is wrong with a set of manifests, all at once, whatever shape they have.

The manifests were written by a stranger, or rendered from what one wrote: nothing in them can raise an error here
or take long. What passes is still applied as an account that may do nothing else, and admission holds it to the
same rules, so that a mistake here costs a good message and no more.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from domain.escaping import one_line
from domain.manifests.cures import cure
from domain.manifests.fitting import beyond_quota
from domain.manifests.kinds import KINDS, Kind
from domain.manifests.refusals import Finding, Refusal, Rule, shown, shown_path
from domain.manifests.rules import Rules
from domain.manifests.shapes import at, measured, text_of

_PUBLIC = ("metadata", "type", "kind", "apiVersion")
"""The fields of a Secret that may be shown."""


@dataclass(frozen=True)
class Manifest:
    """One object as it was read, and the file that it stands in. Lists are unpacked by whoever reads."""

    file: str
    content: Any


def refusals(manifests: Sequence[Manifest], rules: Rules) -> tuple[Refusal, ...]:
    """Every refusal of this set under these rules; none if the set may be applied."""
    if len(manifests) > rules.bounds.objects:
        finding = Finding("", f"{len(manifests)} objects", Rule.COUNT)
        return (_refusal(Manifest("all files", None), finding, rules),)
    sizes = [measured(manifest.content, rules.bounds.object_bytes) for manifest in manifests]
    sound = [manifest for manifest, (_, found) in zip(manifests, sizes, strict=True) if not found]
    rules = replace(rules, own=(*rules.own, *_own_secrets(sound, rules)))
    alone = (
        (manifest, finding)
        for manifest, (_, found) in zip(manifests, sizes, strict=True)
        for finding in found or _of_object(manifest.content, rules)
    )
    together = ((Manifest("all files", None), finding) for finding in _of_set(sound, sum(s for s, _ in sizes), rules))
    found = (*alone, *_duplicates(sound), *_taken(sound, rules), *together)
    return tuple(dict.fromkeys(_refusal(manifest, finding, rules) for manifest, finding in found))


def name_of(content: Any) -> str:
    """What an object calls itself, as `Deployment/web`, in one short line; `an object` if it does not say."""
    kind, name = text_of(at(content, "kind")), text_of(at(content, "metadata", "name"))
    return one_line("/".join(part for part in (kind, name) if part), 120) or "an object"


def _of_object(content: Any, rules: Rules) -> Iterator[Finding]:
    if not isinstance(content, dict):
        yield Finding("", content, Rule.SHAPE)
        return
    kind = Kind(text_of(at(content, "apiVersion")), text_of(at(content, "kind")))
    check = KINDS.get(kind)
    if check is None:
        yield Finding("kind", f"{kind.api} {kind.kind}".strip(), Rule.KIND)
        return
    yield from check("", content, rules)


def _duplicates(manifests: Sequence[Manifest]) -> Iterator[tuple[Manifest, Finding]]:
    names = [(text_of(at(one.content, "apiVersion")), name_of(one.content)) for one in manifests]
    seen = Counter(name for name in names if "/" in name[1])
    for manifest, name in zip(manifests, names, strict=True):
        if seen[name] > 1:
            yield manifest, Finding("metadata.name", f"{name[1]}, written {seen[name]} times,", Rule.DUPLICATE)


def _own_secrets(manifests: Sequence[Manifest], rules: Rules) -> tuple[str, ...]:
    """The names of the Secrets that this set itself makes, which its containers may read."""
    names = [text_of(at(one.content, "metadata", "name")) for one in manifests if at(one.content, "kind") == "Secret"]
    return tuple(name for name in names if name and name not in rules.taken)


def _taken(manifests: Sequence[Manifest], rules: Rules) -> Iterator[tuple[Manifest, Finding]]:
    for manifest in manifests:
        name = text_of(at(manifest.content, "metadata", "name"))
        if at(manifest.content, "kind") == "Secret" and name in rules.taken:
            yield manifest, Finding("metadata.name", name, Rule.RESERVED)


def _of_set(manifests: Sequence[Manifest], size: int, rules: Rules) -> Iterator[Finding]:
    if size > rules.bounds.set_bytes:
        yield Finding("", f"{size} bytes", Rule.SIZE)
    yield from beyond_quota([manifest.content for manifest in manifests], rules)


def _refusal(manifest: Manifest, finding: Finding, rules: Rules) -> Refusal:
    hidden = at(manifest.content, "kind") == "Secret" and finding.path and not finding.path.startswith(_PUBLIC)
    return Refusal(
        file=one_line(manifest.file, 200),
        object=name_of(manifest.content) if manifest.content is not None else "the whole set",
        field=shown_path(finding.path),
        value="a value of a Secret" if hidden else shown(finding.value),
        rule=finding.rule,
        cure=cure(finding.rule, rules),
    )
