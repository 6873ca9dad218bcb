"""Writes docs/reference/settings.md from settings.py and sections/: `python -m tools.settings_reference`.

A setting is described where it is declared, and a test keeps the page the same as what this renders.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, SecretStr
from pydantic.fields import FieldInfo

from settings import PREFIX, Settings

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "settings.md"

INTRODUCTION = """\
# Settings

<!-- Written by `python -m tools.settings_reference` from settings.py and sections/; change it there. -->

Every setting has a default with which Matinee works on one machine, so none has to be set. A value comes from the
environment, else from what `matinee up` wrote down for as long as it runs (`up.json` in the data folder), else from
the default here. A wrong value stops the start with the variable's name and the cure; `matinee settings` shows what
is in force, secrets masked.

- Durations are written such as `7d`, `90m` or `1h30m`; a bare number is seconds.
- Lists and objects are written as JSON: `'["acme/shop", "acme/web"]'`.
- Where `<NAME>` stands in a variable, it is a name that you choose, in capitals. Two names are two instances of the
  same port, such as two forges.
- `KIND` says what an instance is. A new forge or image store has to have one; a database and a platform may do without.

Where Temporal is comes from its own variables first, unless `matinee up` runs in the data folder: see
[Temporal](../how-to/temporal.md).
"""

TITLES = {
    "temporal": "Temporal, where its own variables say nothing",
    "receiver": "Receiver",
    "prices": "Prices, by which the cost of a preview is told",
    "forges": "Forges",
    "images": "Image stores",
    "databases": "Databases",
    "platforms": "Platforms",
}
HEADING = ("| variable | default | meaning |", "|---|---|---|")
UNITS = ((86_400, "d"), (3_600, "h"), (60, "m"), (1, "s"))


def rendered() -> str:
    """The whole page."""
    plain = {name: field for name, field in Settings.model_fields.items() if name not in TITLES}
    parts = [INTRODUCTION, "## Installation\n", _table(PREFIX, plain)]
    for name, title in TITLES.items():
        parts += [f"## {title}\n", *_section(name, Settings.model_fields[name])]
    return "\n".join(parts)


def variables() -> tuple[str, ...]:
    """The name of every variable, `<NAME>` standing for the names that people choose."""
    return tuple(line.split("`")[1] for line in rendered().splitlines() if line.startswith(f"| `{PREFIX}"))


def _section(name: str, field: FieldInfo) -> Iterator[str]:
    if isinstance(field.default, BaseModel):
        yield _table(f"{PREFIX}{name.upper()}__", type(field.default).model_fields)
        return
    for model in _models(get_args(field.annotation)[1]):
        yield f"### Kind `{model.model_fields['kind'].default}`\n\n{model.__doc__}\n"
        yield _table(f"{PREFIX}{name.upper()}__<NAME>__", model.model_fields)


def _models(kind: Any) -> tuple[type[BaseModel], ...]:
    """The classes that an instance may have: one, or those of a union told apart by `kind`."""
    union = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    return get_args(union) or (union,)


def _table(prefix: str, fields: dict[str, FieldInfo]) -> str:
    rows = (f"| `{prefix}{name.upper()}` | {_default(field)} | {field.description} |" for name, field in fields.items())
    return "\n".join((*HEADING, *rows)) + "\n"


def _default(field: FieldInfo) -> str:
    match field.default:
        case SecretStr() | None | "" | Path():
            return "unset"
        case float() if any(isinstance(one, BeforeValidator) for one in field.metadata):
            return f"`{_duration(field.default)}`"
        case float():
            return f"`{field.default:g}`"
        case str():
            return f"`{field.default}`"
        case _:
            return f"`{json.dumps(field.default)}`"


def _duration(seconds: float) -> str:
    """The duration in the largest unit of which it is a whole number."""
    size, unit = next((size, unit) for size, unit in UNITS if seconds % size == 0)
    return f"{seconds / size:.0f}{unit}"


if __name__ == "__main__":
    PAGE.write_text(rendered())
    print(f"wrote {PAGE}")
