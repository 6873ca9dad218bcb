"""The JSON Schema of `.matinee.yaml`, for editors and for docs/reference/definition.schema.json.

`python -m adapters.definitions.schema` prints it. Reader and schema come from one description (shapes.py), and
a test shows that they agree on what a schema can say.
"""

import json
import sys
from typing import Any, cast

from adapters.definitions.shapes import SHAPE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema of a whole file."""
    whole = SHAPE.json_schema()
    return {"$schema": _DIALECT, "title": whole["title"], **_closed(whole)}


def text() -> str:
    """The schema as the file in docs/reference holds it."""
    return json.dumps(schema(), indent=2) + "\n"


def _closed(part: dict[str, Any]) -> dict[str, Any]:
    """The same, in which a mapping holds nothing but what its pattern names, and without titles made of our names."""
    closing = {"additionalProperties": False} if "patternProperties" in part else {}
    kept = {key: value for key, value in part.items() if key != "title" or not isinstance(value, str)}
    return {key: _inner(value) for key, value in kept.items()} | closing


def _inner(value: Any) -> Any:
    match value:
        case dict():
            return _closed(cast("dict[str, Any]", value))
        case list():
            return [_inner(item) for item in cast("list[Any]", value)]
        case _:
            return value


if __name__ == "__main__":
    sys.stdout.write(text())
