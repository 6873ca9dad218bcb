"""Flags in the format of flagd, which the file providers of OpenFeature read.

https://flagd.dev/reference/flag-definitions/
"""

import json
import re

FILE = "flags.flagd.json"
"""The key of the ConfigMap, and so the name of the file."""

FOLDER = "/etc/matinee"
"""Where services find the file."""

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9})?", re.ASCII)
_SWITCH = {"true": "on", "false": "off"}


def flagd(flags: dict[str, str]) -> str:
    """The file: a switch for true and false, a number for what is written as one, else text; sorted by name."""
    definitions = {name: _definition(flags[name]) for name in sorted(flags)}
    schema = "https://flagd.dev/schema/v0/flags.json"
    return json.dumps({"$schema": schema, "flags": definitions}, indent=2, ensure_ascii=False) + "\n"


def _definition(value: str) -> dict[str, object]:
    if value in _SWITCH:
        return {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": _SWITCH[value]}
    typed = json.loads(value) if _NUMBER.fullmatch(value) else value
    return {"state": "ENABLED", "variants": {"value": typed}, "defaultVariant": "value"}
