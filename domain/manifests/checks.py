"""Checks: the small vocabulary in which the tables of policy are written.

A check looks at the value of one field and yields what is wrong. Tables list every field that may be written, so
that a field which Kubernetes gains tomorrow is refused until somebody has thought about it. None is absent, as it
is to the API server.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from domain.manifests.refusals import Finding, Rule
from domain.manifests.rules import Rules

Check = Callable[[str, Any, Rules], Iterator[Finding]]
"""Looks at a value at a path, under the rules, and yields what is refused."""


def free(_path: str, _value: Any, _rules: Rules) -> Iterator[Finding]:
    """Nothing is refused; whether the value makes sense is for the API server to say."""
    return iter(())


def never(rule: Rule) -> Check:
    """The field may only be empty: absent, false, 0, or nothing in it."""

    def check(path: str, value: Any, _rules: Rules) -> Iterator[Finding]:
        if value:
            yield Finding(path, value, rule)

    return check


def only(rule: Rule, *allowed: str | bool | int) -> Check:
    """The field has one of these values and types; to Python, True is 1."""

    def check(path: str, value: Any, _rules: Rules) -> Iterator[Finding]:
        if not any(type(value) is type(one) and value == one for one in allowed):
            yield Finding(path, value, rule)

    return check


def where(rule: Rule, allowed: Callable[[Any, Rules], bool]) -> Check:
    """The field has a value that this function of it and the rules allows."""

    def check(path: str, value: Any, rules: Rules) -> Iterator[Finding]:
        if not allowed(value, rules):
            yield Finding(path, value, rule)

    return check


def each(inner: Check) -> Check:
    """The field is a list, and every element passes this check."""

    def check(path: str, value: Any, rules: Rules) -> Iterator[Finding]:
        if not isinstance(value, list):
            yield Finding(path, value, Rule.SHAPE)
            return
        for index, element in enumerate(cast("list[Any]", value)):
            yield from inner(f"{path}[{index}]", element, rules)

    return check


def fields(table: Mapping[str, Check], *, other: Rule = Rule.FIELD, needed: Mapping[str, Rule] | None = None) -> Check:
    """The field is a mapping with no other keys than these; those needed are there and not empty."""

    def check(path: str, value: Any, rules: Rules) -> Iterator[Finding]:
        if not isinstance(value, dict):
            yield Finding(path, value, Rule.SHAPE)
            return
        written = {key: inner for key, inner in cast("dict[str, Any]", value).items() if inner is not None}
        for key, inner in written.items():
            if key in table:
                yield from table[key](_below(path, key), inner, rules)
            else:
                yield Finding(_below(path, key), inner, other)
        for key, rule in (needed or {}).items():
            if not written.get(key):
                yield Finding(_below(path, key), None, rule)

    return check


def both(first: Check, second: Check) -> Check:
    """The field passes both checks."""

    def check(path: str, value: Any, rules: Rules) -> Iterator[Finding]:
        yield from first(path, value, rules)
        yield from second(path, value, rules)

    return check


def keyed(path: str, key: str) -> str:
    """The path of a key that may itself hold dots, such as that of an annotation."""
    return f"{path}[{key}]"


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
