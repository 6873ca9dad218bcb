"""Rules: how words that others write are told apart, as tables of patterns with what they mean.

The texts are those of Kubernetes 1.34, containerd and the registries. They are no API and change; so each table ends
with a rule that knows nothing and repeats what was said, and no rule is needed to find that there is trouble.
"""

import re
from dataclasses import dataclass

from domain.readiness.verdicts import Finding, failed_if, name, quoted

_READ = 4_000
"""Characters of a message that are looked at: no message is longer by itself, and a pattern's time is bounded."""


@dataclass(frozen=True)
class Rule:
    """A pattern, what it means and what to do. `{0}`, `{1}` and so on are its groups, `{said}` the whole message.

    `patience` is for how many seconds the trouble may still pass by itself.
    """

    pattern: str
    cause: str
    cure: str
    patience: float = 0.0


def read(message: str, rules: tuple[Rule, ...], *, age: float) -> Finding:
    """What the first rule that knows the message says of it; the last rule of a table must know every message."""
    searched = ((rule, _search(rule, message)) for rule in rules)
    return next(_finding(rule, found, message, age) for rule, found in searched if found)


def said_by_all(message: str, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """The rules that know something in the message, each once."""
    return tuple(rule for rule in rules if _search(rule, message))


def _search(rule: Rule, message: str) -> re.Match[str] | None:
    return re.search(rule.pattern, message[:_READ], re.IGNORECASE | re.DOTALL)


def _finding(rule: Rule, found: re.Match[str], message: str, age: float) -> Finding:
    groups = [name(group or "") for group in found.groups()]
    cause = rule.cause.format(*groups, said=quoted(message))
    return failed_if(age >= rule.patience, quoted(cause), rule.cure.format(*groups, said=""))
