"""Siblings: the public URLs of the services of one preview, for a front end that was built once and for all places.

Every public host of a preview answers them under `/.matinee/config.json`. The proxy sends that one path to a receiver,
which knows by the host whose they are; so no preview needs a process for them, and a service need not do anything.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from starter.listing import Line

PATH = "/.matinee/config.json"
"""Where the document stands, at every public host of a preview."""


def siblings(lines: Sequence[Line], host: str) -> dict[str, Any] | None:
    """What the document says at this host, which may have a port; None if it is no preview's."""
    wanted = _host(f"//{host}")
    for line in lines:
        for service, url in line.urls.items():
            if wanted and _host(url) == wanted:
                return {"preview": str(line.key), "service": service, "commit": line.commit, "urls": dict(line.urls)}
    return None


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # Such as an address with a bracket that nothing closes.
        return ""
