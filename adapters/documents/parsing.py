"""Takes YAML apart into plain values that know their lines, and refuses what YAML can do besides.

What a plain scalar means is for the caller to say. Duplicate keys, tags and large or deep documents are refused,
aliases are few, because strangers write these files.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.cyaml import CBaseLoader

from adapters.documents.problems import Place, Problem, Unreadable, dotted, quotable

Scalar = Callable[[str], Any]
"""What a scalar without quotes means."""

_TAGS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much one file may be: bytes, levels, aliases, and values once its aliases are written out."""

    size: int
    depth: int
    aliases: int
    nodes: int


@dataclass(frozen=True)
class Document:
    """The plain value of a document, and the line of every place in it."""

    value: Any
    lines: dict[Place, int] = field(default_factory=dict[Place, int])

    def line(self, place: Place) -> int:
        """The line of the place, or of the nearest one around it that stands in the file."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


def documents(content: bytes, limits: Limits, scalar: Scalar) -> Iterator[Document]:
    """The documents of the file, one after another; Unreadable with its line for what we do not read."""
    try:
        builder = _Builder(limits, scalar)
        loader = _Loader(_text(content, limits), limits)
        while (node := loader.next_document()) is not None:
            yield builder.document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        sentence = f"this is no YAML: {quotable(error.problem or 'it cannot be read')}"
        raise Unreadable(Problem(mark.line + 1 if mark else 1, "", sentence)) from error
    except yaml.YAMLError as error:
        raise Unreadable(Problem(1, "", "this is no YAML: it holds a character that YAML forbids")) from error


def _text(content: bytes, limits: Limits) -> str:
    if len(content) > limits.size:
        raise Unreadable(Problem(1, "", f"the file has {len(content)} bytes; write at most {limits.size}"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable(Problem(line, "", "this is no UTF-8; save the file as UTF-8")) from error


class _Loader(Composer, CBaseLoader):
    """Composes nodes within the limits on depth and aliases, which are counted before anything is built.

    LibYAML reads seven times as fast as Python does; composing stays here, where it can be counted.
    """

    def __init__(self, text: str, limits: Limits) -> None:
        CBaseLoader.__init__(self, text)
        Composer.__init__(self)
        self._limits = limits
        self._depth = self._aliases = 0

    def next_document(self) -> yaml.Node | None:
        """The next document's node; None after the last."""
        return self.get_node() if self.check_node() else None

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = _next_event(self)
        line, most = event.start_mark.line + 1, self._limits
        self._aliases += isinstance(event, yaml.AliasEvent)
        if self._aliases > most.aliases:
            raise Unreadable(Problem(line, "", f"more than {most.aliases} aliases; write the values out"))
        if self._depth >= most.depth:
            raise Unreadable(Problem(line, "", f"more than {most.depth} levels deep; nobody needs so many"))
        self._depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _next_event(loader: CBaseLoader) -> Any:
    return loader.peek_event()  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - its stub is untyped


class _Builder:
    """Builds plain values of nodes, counting each as often as aliases repeat it, in all documents of a file."""

    def __init__(self, limits: Limits, scalar: Scalar) -> None:
        self._limits = limits
        self._meaning = scalar
        self._lines: dict[Place, int] = {}
        self._count = 0

    def document(self, node: yaml.Node) -> Document:
        """The whole document."""
        self._lines = {}
        return Document(self._value(node, ()), self._lines)

    def _value(self, node: yaml.Node, place: Place) -> Any:
        self._lines.setdefault(place, _line(node))
        self._count += 1
        if self._count > self._limits.nodes:
            raise Unreadable(Problem(_line(node), dotted(place), "aliases make this too large; write it out"))
        if len(place) > self._limits.depth:
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
                return self._scalar(node, place)

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
        name = self._scalar(node, place) if isinstance(node, yaml.ScalarNode) else None
        if not isinstance(name, str) or node.tag not in _TAGS:
            raise Unreadable(Problem(_line(node), dotted(place), "a key here is no text; put it into quotes"))
        return name

    def _scalar(self, node: yaml.Node, place: Place) -> Any:
        text: str = node.value
        if "\0" in text:
            raise Unreadable(Problem(_line(node), dotted(place), "no command or variable may hold the character NUL"))
        return text if not isinstance(node, yaml.ScalarNode) or node.style else self._meaning(text)


def _line(node: yaml.Node) -> int:
    return node.start_mark.line + 1
