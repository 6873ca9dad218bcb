"""The pages of the documentation, as tests read them: blocks of code, what is to be typed, and prose."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.project.sources import ROOT

DOCS = ROOT / "docs"

_BLOCK = re.compile(r"^```(?P<language>[a-z]*)[^\n]*\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")


def pages() -> Iterator[Path]:
    """Every page, with the ones at the root that begin the reading."""
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md") if (ROOT / name).exists())
    yield from sorted(DOCS.rglob("*.md"))


def blocks(text: str, language: str) -> list[str]:
    """The code of every fenced block of this language, in order."""
    return [match["code"] for match in _BLOCK.finditer(text) if match["language"] == language]


def prose(text: str) -> str:
    """The text without its code."""
    return _INLINE.sub("", _BLOCK.sub("", text))


def typed(text: str) -> list[str]:
    """Every line that a reader may type: those of shell blocks, and each piece of inline code."""
    lines = [line.strip() for block in blocks(text, "sh") + blocks(text, "bash") for line in block.splitlines()]
    return lines + _INLINE.findall(_BLOCK.sub("", text))
