"""Printing: values as JSON for programs, and as tables for people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

import click

from domain.costs import Meter, Prices, cost_of
from domain.escaping import one_line
from domain.names import Key

CELL = 100
"""Characters of a cell of a table at most."""

_GAP = "  "


def print_json(value: object) -> None:
    """The value stands on standard output as JSON: keys of previews as `acme/shop#12`, instants as ISO 8601."""
    click.echo(json.dumps(plain_value(value), indent=2))


def plain_value(value: object) -> object:
    """The value in what JSON knows: dataclasses as objects by the names of their fields."""
    match value:
        case Key() | Path():
            return str(value)
        case datetime():
            return value.isoformat()
        case Mapping():
            named = cast("Mapping[object, object]", value)
            return {str(name): plain_value(each) for name, each in named.items()}
        case list() | tuple():
            return [plain_value(each) for each in cast("Sequence[object]", value)]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: plain_value(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value


def plain_fields(value: object) -> dict[str, object]:
    """The fields of a dataclass by their names, each in what JSON knows."""
    return cast("dict[str, object]", plain_value(value))


class Metered(Protocol):
    """A dataclass that says what a preview has requested, and at which prices."""

    @property
    def meter(self) -> Meter:
        """What counts."""
        ...

    @property
    def prices(self) -> Prices:
        """What an hour costs."""
        ...


def costed_fields(value: Metered, now: datetime) -> dict[str, object]:
    """The fields of a dataclass by their names, with the `cost` by now in place of its meter and prices."""
    plain = {name: each for name, each in plain_fields(value).items() if name not in {"meter", "prices"}}
    return {**plain, "cost": plain_value(cost_of(value.meter, value.prices, now))}


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows with their columns below each other, each cell in one harmless line."""
    cells = [[one_line(cell, CELL) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [_GAP.join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
