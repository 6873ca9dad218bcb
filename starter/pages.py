"""The page of all previews: pure, so that what it escapes can be tested without a server.

Titles and details were written by whoever opened the pull request. Jinja escapes them, and only `http` and `https`
addresses become links, because escaping does not stop `javascript:`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.costs import cost_of, told
from starter.listing import Line

_FOLDER = Path(__file__).parent / "templates"


class Pages:
    """Renders the page and its style; `temporal_ui` is the address of Temporal's UI, or empty for no links."""

    def __init__(self, *, temporal_ui: str, namespace: str = "default") -> None:
        self._base = f"{temporal_ui.rstrip('/')}/namespaces/{quote(namespace, safe='')}" if temporal_ui else ""
        environment = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)
        self._template = environment.get_template("previews.html")
        self.style = (_FOLDER / "style.css").read_text(encoding="utf-8")

    def previews(self, lines: Sequence[Line], *, now: datetime) -> str:
        """The page that shows these previews."""
        return self._render(lines, now=now, trouble="")

    def away(self, trouble: str, *, now: datetime) -> str:
        """The page that says why no previews can be shown."""
        return self._render((), now=now, trouble=trouble)

    def history(self, line: Line) -> str:
        """The address of a preview's history in Temporal's UI, or nothing where no UI is known."""
        path = f"/workflows/{quote(line.workflow, safe='')}/{quote(line.run, safe='')}/history"
        return self._base + path if self._base else ""

    def _render(self, lines: Sequence[Line], *, now: datetime, trouble: str) -> str:
        words = {"lines": lines, "now": now, "trouble": trouble, "ui": self._base}
        return self._template.render(words, link=link, age=age, history=self.history, cost=cost)


def link(address: str) -> str:
    """The address if it may become a link, else nothing."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.netloc else ""


def cost(line: Line, now: datetime) -> str:
    """What the preview has cost by now, in words; nothing if nothing was ever requested for it."""
    return told(cost_of(line.meter, line.prices, now))


def age(since: datetime | None, now: datetime) -> str:
    """How long ago, or how long until, in one unit: `5 s`, `12 min`, `3 h`, `6 d`; nothing for None."""
    if since is None:
        return ""
    seconds = abs((now - since) / timedelta(seconds=1))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
