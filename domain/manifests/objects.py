"""Objects as plain dictionaries, in the form in which server-side apply wants them."""

from typing import Any


def made(api: str, kind: str, name: str, **parts: Any) -> dict[str, Any]:
    """An object with this name and these parts, such as its spec; namespace and labels are confining's to add."""
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name}, **parts}
