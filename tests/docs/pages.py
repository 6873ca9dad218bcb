"""The pages of the documentation, as tests read them: blocks of code, what is to be typed, and prose."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.project.sources import ROOT

DOCS = ROOT / "docs"

_BLOCK = re.compile(r"^```(?P<language>[a-z]*)[^\n]*\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_COMMENT = re.compile(r"(^|\s)# .*")


def pages() -> Iterator[Path]:
    """Every page, with the ones at the root that begin the reading."""
    yield from (ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))
    yield from sorted(DOCS.rglob("*.md"))


def blocks(text: str, *languages: str) -> list[str]:
    """The code of every fenced block of one of these languages, in order."""
    return [match["code"] for match in _BLOCK.finditer(text) if match["language"] in languages]


def prose(text: str) -> str:
    """The text without its blocks of code."""
    return _BLOCK.sub("", text)


def typed(text: str) -> list[str]:
    """Every line that a reader may type: those of shell blocks without comments, and each piece of inline code."""
    joined = [block.replace("\\\n", " ") for block in blocks(text, "sh", "bash")]
    lines = [_COMMENT.sub("", line).strip() for block in joined for line in block.splitlines()]
    return [line for line in lines if line] + _INLINE.findall(prose(text))
