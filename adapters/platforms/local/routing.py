"""Routes: which host leads to which port, as the proxy's file provider reads it."""

import json
import re

from adapters.marks import Mark
from adapters.platforms.local.marks import mark_of_folder
from adapters.platforms.local.places import PreviewPlaces
from adapters.processes.writing import write_text
from domain.errors import PermanentError
from domain.phases import Reason

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_RULE = re.compile(r"Host\(`([^`]+)`\)")


def route(place: PreviewPlaces, mark: Mark, ports: dict[str, tuple[str, int]]) -> bool:
    """Each service's host leads to its port, all in one instant; whether that is new.

    The file is JSON, which is YAML too, below a comment with the mark. It is made outside of the watched folder.
    """
    whose = mark_of_folder(place.folder) or mark  # This one knows since when.
    content = f"# {json.dumps(whose.to_json())}\n{json.dumps(_content(place.label, ports), indent=1)}\n"
    if place.route.exists() and place.route.read_text() == content:
        return False
    place.route.parent.mkdir(parents=True, exist_ok=True)
    write_text(place.route, content, mode=0o644, folder=place.route.parent.parent)
    return True


def hosts(place: PreviewPlaces) -> tuple[str, ...]:
    """The hosts that lead to this preview now."""
    return tuple(_RULE.findall(place.route.read_text())) if place.route.exists() else ()


def _content(label: str, ports: dict[str, tuple[str, int]]) -> dict[str, object]:
    header = f"{label}-headers"
    return {
        "http": {
            "routers": {
                f"{label}-{name}": {
                    "rule": f"Host(`{_checked(host)}`)",
                    "service": f"{label}-{name}",
                    "middlewares": [header],
                }
                for name, (host, _) in ports.items()
            },
            "services": {
                f"{label}-{name}": {"loadBalancer": {"servers": [{"url": f"http://127.0.0.1:{port}"}]}}
                for name, (_, port) in ports.items()
            },
            # A preview is a copy of the real site, and must not be found in its place.
            "middlewares": {header: {"headers": {"customResponseHeaders": {"X-Robots-Tag": "noindex"}}}},
        }
    }


def _checked(host: str) -> str:
    if _HOST.fullmatch(host) is None:
        raise PermanentError(f"{host!r} is no name of a host", reason=Reason.PLATFORM_REFUSED)
    return host
