"""Supplies: which Secrets an operator gives to previews, and which of them one preview is given.

Those of a template namespace are copied by Matinee; those of a vault are made by External Secrets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

Names = Mapping[str, tuple[str, ...]]
"""Names of Secrets by the repositories that are given them, which are patterns such as `acme/*`."""


@dataclass(frozen=True, kw_only=True)
class Supplies:
    """What an operator gives to previews: Secrets of the namespace `templates`, and `external` ones of a vault."""

    templates: str = ""
    copied: Names = field(default_factory=dict[str, tuple[str, ...]])
    external: Names = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that some preview is given, and that no manifest may take."""
        return tuple(sorted({name for one in (self.copied, self.external) for names in one.values() for name in names}))

    def of(self, repository: str, kept: Iterable[str]) -> "Supply":
        """What previews of a repository are given. `kept` is what the kubelet and the Ingress need."""
        return Supply(
            templates=self.templates,
            copied=_of(self.copied, repository) if self.templates else (),
            external=_of(self.external, repository),
            kept=tuple(kept),
        )


@dataclass(frozen=True, kw_only=True)
class Supply:
    """What one preview is given. `kept` are there for the kubelet and the Ingress only, and copied with the others."""

    templates: str = ""
    copied: tuple[str, ...] = ()
    external: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def copies(self) -> tuple[str, ...]:
        """The names of all that is copied."""
        return tuple(sorted({*self.copied, *self.kept})) if self.templates else ()

    @property
    def readable(self) -> tuple[str, ...]:
        """The names of what its containers may read."""
        return tuple(sorted({*self.copied, *self.external} - {*self.kept}))

    def needed(self, names: Iterable[str]) -> "Supply":
        """The part that is needed by whoever reads these: a command waits for no others."""
        wanted = set(names)
        return replace(
            self,
            copied=tuple(name for name in self.copied if name in wanted),
            external=tuple(name for name in self.external if name in wanted),
        )


NOTHING = Supply()
"""What a stranger's preview is given."""


def _of(names: Names, repository: str) -> tuple[str, ...]:
    found = {name for pattern, given in names.items() if fnmatchcase(repository, pattern) for name in given}
    return tuple(sorted(found))
