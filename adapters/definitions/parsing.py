"""How much a definition may be, and what its scalars mean: those of JSON, as in YAML 1.2.

`no` is text, and `0123` is no octal number.
"""

import json
import re
from typing import Any

from adapters.documents.parsing import Document, Limits, documents
from adapters.documents.problems import Problem, Unreadable

SIZE_LIMIT = 64 * 1024
"""Bytes of a definition. The largest that anybody needs has a tenth of that."""

_LIMITS = Limits(size=SIZE_LIMIT, depth=20, aliases=20, nodes=10_000)
_CONSTANTS = {"true": True, "false": False, "null": None, "~": None, "": None}
# Numbers as JSON writes them and at a length that a person would: what is longer stays text.
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?")


def parse(content: bytes) -> Document:
    """The document; Unreadable with its line if it is none that we read."""
    found = list(documents(content, _LIMITS, _scalar))
    if len(found) > 1:
        sentence = "a second document begins here; leave it out"
        raise Unreadable(Problem(found[1].line(()), "", sentence))
    return found[0] if found else Document(None)


def _scalar(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return json.loads(text) if _NUMBER.fullmatch(text) else text
