"""Printing: values as JSON for programs, and as tables for people."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path

import click

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
            return {str(name): plain_value(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - a mapping of anything
        case list() | tuple():
            return [plain_value(each) for each in value]  # pyright: ignore[reportUnknownVariableType] - a list of anything
        case _ if is_dataclass(value):
            return {field.name: plain_value(getattr(value, field.name)) for field in fields(value)}
        case _:
            return value


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows with their columns below each other, each cell in one harmless line."""
    cells = [[one_line(cell, CELL) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        _GAP.join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    ]
