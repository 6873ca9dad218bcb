"""Hooks of Helm charts: what runs before and after everything else, in which order, and when it is taken away.

https://helm.sh/docs/topics/charts_hooks/. Hooks for tests, rollbacks and deletion have no meaning in a preview, which
goes away as a whole. Whoever applies the objects waits for each hook before the next.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.manifests.policy import Manifest
from domain.manifests.shapes import at, mapping_of, text_of

_HOOK, _WEIGHT, _DISPOSAL = "helm.sh/hook", "helm.sh/hook-weight", "helm.sh/hook-delete-policy"
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}", re.ASCII)


class Disposal(StrEnum):
    """When a hook's object is deleted."""

    BEFORE_CREATION = "before-hook-creation"
    SUCCEEDED = "hook-succeeded"
    FAILED = "hook-failed"


@dataclass(frozen=True, kw_only=True)
class Hook:
    """An object that is applied and waited for on its own."""

    content: Any
    weight: int = 0
    disposals: frozenset[Disposal] = frozenset({Disposal.BEFORE_CREATION})


@dataclass(frozen=True, kw_only=True)
class Stages:
    """What of a set of manifests is applied in which order: hooks one by one, the objects between them together."""

    before: tuple[Hook, ...] = ()
    objects: tuple[Any, ...] = ()
    after: tuple[Hook, ...] = ()

    @property
    def contents(self) -> tuple[Any, ...]:
        """Everything that is applied, of all stages."""
        return (*(one.content for one in self.before), *self.objects, *(one.content for one in self.after))


def kept(manifests: Sequence[Manifest], *, upgrade: bool) -> tuple[Manifest, ...]:
    """The manifests without the hooks that nothing would run; `upgrade` says that an earlier revision is there."""
    wanted = {_event("pre", upgrade=upgrade), _event("post", upgrade=upgrade)}
    return tuple(one for one in manifests if not _is_hook(one.content) or wanted & events_of(one.content))


def staged(contents: Sequence[Any], *, upgrade: bool) -> Stages:
    """The objects in stages. One that is a hook for both runs twice."""
    hooks = sorted(filter(_is_hook, contents), key=_order)
    before, after = (
        tuple(_hook(one) for one in hooks if _event(when, upgrade=upgrade) in events_of(one))
        for when in ("pre", "post")
    )
    return Stages(before=before, objects=tuple(one for one in contents if not _is_hook(one)), after=after)


def events_of(content: Any) -> frozenset[str]:
    """What the object is a hook for, such as `pre-install`; nothing for a usual one."""
    return frozenset(_words(_annotation(content, _HOOK)))


def _event(when: str, *, upgrade: bool) -> str:
    return f"{when}-{'upgrade' if upgrade else 'install'}"


def _is_hook(content: Any) -> bool:
    return bool(_annotation(content, _HOOK).strip())


def _hook(content: Any) -> Hook:
    written = frozenset(one for one in Disposal if one in _words(_annotation(content, _DISPOSAL)))
    return Hook(content=content, weight=_weight(content), disposals=written or frozenset({Disposal.BEFORE_CREATION}))


def _order(content: Any) -> tuple[int, str, str]:
    return (_weight(content), text_of(at(content, "metadata", "name")), text_of(at(content, "kind")))


def _weight(content: Any) -> int:
    # As Helm has it, what is no number weighs nothing.
    text = _annotation(content, _WEIGHT).strip()
    return int(text) if _INTEGER.fullmatch(text) else 0


def _words(text: str) -> Iterable[str]:
    return (word.strip().lower() for word in text.split(",") if word.strip())


def _annotation(content: Any, name: str) -> str:
    return text_of(mapping_of(at(content, "metadata", "annotations")).get(name))
