"""Flags in the format of flagd, which the file providers of OpenFeature read.

https://flagd.dev/reference/flag-definitions/
"""

import json
from collections.abc import Mapping
from typing import Any

from domain.flags import is_number, is_switch

FILE = "flags.flagd.json"
"""The key of the ConfigMap, and so the name of the file."""

FOLDER = "/etc/matinee"
"""Where services find the file."""

_VARIANTS = {"true": "on", "false": "off"}


def flagd(flags: dict[str, str], generation: int = 0) -> str:
    """The file: a switch for true and false, a number for what is written as one, else text; sorted by name.

    The generation of the request that it is from stands in it as its version, which providers show to applications.
    """
    whole: dict[str, Any] = {
        "$schema": "https://flagd.dev/schema/v0/flags.json",
        "metadata": {"version": str(generation)},
        "flags": {name: _definition(flags[name]) for name in sorted(flags)},
    }
    return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def generation_of(file: str) -> int:
    """Which request this file is from, 0 for one that does not say so."""
    try:
        return int(json.loads(file)["metadata"]["version"])
    except (ValueError, TypeError, KeyError):
        return 0


def provided(flags: Mapping[str, str], file: str) -> dict[str, str]:
    """The variables by which the usual provider of any language reads the file; a definition may set others.

    https://flagd.dev/reference/specifications/providers/#configuration
    """
    return {"FLAGD_RESOLVER": "file", "FLAGD_OFFLINE_FLAG_SOURCE_PATH": file} if flags else {}


def variables(flags: Mapping[str, str], file: str) -> dict[str, str]:
    """Where the file is, and for those who read no file each value as it was when the service was rolled out."""
    values = {f"MATINEE_FLAG_{name.upper().replace('-', '_')}": value for name, value in flags.items()}
    return values | {"MATINEE_FLAGS_FILE": file}


def _definition(value: str) -> dict[str, object]:
    if is_switch(value):
        return {"state": "ENABLED", "variants": {"on": True, "off": False}, "defaultVariant": _VARIANTS[value]}
    typed = json.loads(value) if is_number(value) else value
    return {"state": "ENABLED", "variants": {"value": typed}, "defaultVariant": "value"}
