"""Takes YAML apart into plain values that know their lines, and refuses what YAML can do besides.

Only the scalars of JSON are recognised, as in YAML 1.2: `no` is text and `0123` is no octal number. Duplicate
keys, tags and large or deep documents are refused, aliases are few, because strangers write these files.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from adapters.definitions.problems import Place, Problem, Unreadable, dotted, quotable

SIZE_LIMIT = 64 * 1024
"""Bytes of a definition. The largest that anybody needs has a tenth of that."""

DEPTH_LIMIT = 20
ALIAS_LIMIT = 20
NODE_LIMIT = 10_000

_TAGS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
# Numbers as JSON writes them and at a length that a person would: what is longer stays text.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?")


@dataclass(frozen=True)
class Document:
    """The plain value of a file, and the line of every place in it."""

    value: Any
    lines: dict[Place, int] = field(default_factory=dict[Place, int])

    def line(self, place: Place) -> int:
        """The line of the place, or of the nearest one around it that stands in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def parse(content: bytes) -> Document:
    """The document; Unreadable with its line if it is none that we read."""
    try:
        node = _Loader(_text(content)).get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        sentence = f"this is no YAML: {quotable(error.problem or 'it cannot be read')}"
        raise Unreadable(Problem(mark.line + 1 if mark else 1, "", sentence)) from error
    except yaml.YAMLError as error:
        raise Unreadable(Problem(1, "", "this is no YAML: it holds a character that YAML forbids")) from error
    return _Builder().document(node)


def _text(content: bytes) -> str:
    if len(content) > SIZE_LIMIT:
        raise Unreadable(Problem(1, "", f"the file has {len(content)} bytes; write at most {SIZE_LIMIT}"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(Problem(line, "", "this is no UTF-8; save the file as UTF-8")) from error


class _Loader(yaml.BaseLoader):
    """Composes nodes within the limits on depth and aliases, which are counted before anything is built."""

    depth = 0
    aliases = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = _next_event(self)
        line = event.start_mark.line + 1
        self.aliases += isinstance(event, yaml.AliasEvent)
        if self.aliases > ALIAS_LIMIT:
            raise Unreadable(Problem(line, "", f"more than {ALIAS_LIMIT} aliases; write the values out"))
        if self.depth >= DEPTH_LIMIT:
            raise Unreadable(Problem(line, "", f"more than {DEPTH_LIMIT} levels deep; a definition needs 5"))
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _next_event(loader: yaml.BaseLoader) -> Any:
    return loader.peek_event()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - its stub is untyped


class _Builder:
    """Builds plain values of nodes, counting each as often as aliases repeat it."""

    def __init__(self) -> None:
        self._lines: dict[Place, int] = {}
        self._count = 0

    def document(self, node: yaml.Node | None) -> Document:
        """The whole document; an empty file holds nothing."""
        return Document(None if node is None else self._value(node, ()), self._lines)

    def _value(self, node: yaml.Node, place: Place) -> Any:
        self._lines.setdefault(place, _line(node))
        self._count += 1
        if self._count > NODE_LIMIT:
            raise Unreadable(Problem(_line(node), dotted(place), "aliases make this too large; write it out"))
        if len(place) > DEPTH_LIMIT:
            raise Unreadable(Problem(_line(node), dotted(place), "an alias holds itself; write it out"))
        if node.tag not in _TAGS:
            sentence = f"the tag {quotable(node.tag)} is not read here; leave it out"
            raise Unreadable(Problem(_line(node), dotted(place), sentence))
        match node:
            case yaml.MappingNode():
                return self._mapping(node, place)
            case yaml.SequenceNode():
                return [self._value(item, (*place, index)) for index, item in enumerate(node.value)]
            case _:
                return _scalar(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key, value in node.value:
            name = self._key(key, place)
            inner = (*place, name)
            if name in mapping:
                sentence = f"stands here twice, first in line {self._lines[inner]}; leave one out"
                raise Unreadable(Problem(_line(key), dotted(inner), sentence))
            self._lines[inner] = _line(key)
            mapping[name] = self._value(value, inner)
        return mapping

    def _key(self, node: yaml.Node, place: Place) -> str:
        name = _scalar(node, place) if isinstance(node, yaml.ScalarNode) else None
        if not isinstance(name, str) or node.tag not in _TAGS:
            raise Unreadable(Problem(_line(node), dotted(place), "a key here is no text; put it into quotes"))
        return name


def _scalar(node: yaml.Node, place: Place) -> Any:
    text: str = node.value
    if "\0" in text:
        raise Unreadable(Problem(_line(node), dotted(place), "no command or variable may hold the character NUL"))
    if not isinstance(node, yaml.ScalarNode) or node.style:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return json.loads(text) if _NUMBER.fullmatch(text) else text


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
