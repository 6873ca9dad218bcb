"""`matinee settings`: what is in force, where each value is from, and no secret."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import click

from settings import UP_FILE, Settings, given, load, masked
from starter.commands.arguments import json_option
from starter.commands.options import data_option
from starter.commands.printing import print_json
from starter.connecting import temporals_own

HIDDEN = "**********"
"""What is shown in a secret's place."""

TEMPORAL = "Temporal's own"
"""Where a value is from that TEMPORAL_… or Temporal's config file gives."""

_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_Path = tuple[str, ...]

_OWN: dict[_Path, str] = {
    ("temporal", "address"): "target_host",
    ("temporal", "namespace"): "namespace",
    ("temporal", "api_key"): "api_key",
}
"""Which settings Temporal's own configuration also has, and what they are called there."""


@click.command()
@data_option
@json_option
def command(data: Path | None, as_json: bool) -> None:
    """Show every setting in force and where it is from: the environment, up.json, or the default. Secrets are masked.

    `up.json` is what `matinee up` keeps in the data folder while it runs. The environment variable of `receiver.port`
    is MATINEE_RECEIVER__PORT, and so on.
    """
    settings = load(data)
    shown = in_force(settings)
    origins = _origins(shown, settings, by_option=data is not None)
    if as_json:
        print_json({"settings": shown, "from": {".".join(path): origin for path, origin in origins.items()}})
        return
    for line in tree(shown, origins):
        click.echo(line)


def in_force(settings: Settings) -> dict[str, Any]:
    """All settings without a secret; Temporal's own configuration stands above what they say of reaching it."""
    shown = cast("dict[str, Any]", _harmless(masked(settings)))
    own = temporals_own(settings)
    shown["temporal"]["address"] = own.get("target_host") or shown["temporal"]["address"]
    shown["temporal"]["namespace"] = own.get("namespace") or "default"
    shown["temporal"]["api_key"] = HIDDEN if own.get("api_key") else ""
    return shown


def tree(shown: Mapping[str, object], origins: Mapping[_Path, str], above: _Path = ()) -> Iterator[str]:
    """A line for each setting, groups indented, where it is from at its end."""
    for name, value in shown.items():
        path = (*above, name)
        indent = "  " * len(above)
        if group := _group(value):
            yield f"{indent}{name}"
            yield from tree(group, origins, path)
        else:
            yield f"{indent}{name:<{22 - len(indent)}} {_text(value):<44} {origins[path]}".rstrip()


def _group(value: object) -> dict[str, object]:
    """What stands below this value; nothing below one that is a setting itself."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _leaves(shown: Mapping[str, object], above: _Path = ()) -> Iterator[_Path]:
    for name, value in shown.items():
        if group := _group(value):
            yield from _leaves(group, (*above, name))
        else:
            yield (*above, name)


def _origins(shown: Mapping[str, Any], settings: Settings, *, by_option: bool) -> dict[_Path, str]:
    environment, up = given(settings.data)
    found: dict[_Path, str] = {}
    for path in _leaves(shown):
        found[path] = "environment" if _has(environment, path) else UP_FILE if _has(up, path) else "default"
    found |= {path: TEMPORAL for path, name in _OWN.items() if name in temporals_own(settings)}
    return found | ({("data",): "--data"} if by_option else {})


def _has(values: object, path: _Path) -> bool:
    """Whether the value, or one that it is a part of, is among these."""
    for name in path:
        if not isinstance(values, dict):
            return True
        if name not in values:
            return False
        values = cast("dict[str, object]", values)[name]
    return True


def _harmless(value: object) -> object:
    """The value without the credentials that somebody may have written into a URL."""
    if isinstance(value, dict):
        return {name: _harmless(each) for name, each in cast("dict[str, object]", value).items()}
    if isinstance(value, list):
        return [_harmless(each) for each in cast("list[object]", value)]
    return _CREDENTIALS.sub(f"{HIDDEN}@", value) if isinstance(value, str) else value


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, cast("list[object]", value)))
    return "" if value is None else "none" if value == {} else str(value)
