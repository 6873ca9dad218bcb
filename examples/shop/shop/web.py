"""The page of the shop: HTML, style and script. What it shows, the browser fetches from the API.

Run as `python3 -m shop.web` with PORT and API_URL. `build.py` has to have run before. The flag `sale` shows a banner.
"""

import json
import os
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from shop import flags
from shop.serving import serve

_DIST = Path(__file__).parent.parent / "dist"


async def healthz(_: Request) -> Response:
    """200 while the process serves."""
    return PlainTextResponse("ok\n")


def application(*, api_url: str, dist: Path = _DIST, flags_file: str = "") -> Starlette:
    """The page for the API of this address, with the files that the build made and the flags of that file."""
    asked = flags.client(flags_file)
    build: dict[str, Any] = json.loads((dist / "build.json").read_text(encoding="utf-8"))
    templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
    policy = f"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src {api_url}"

    async def page(request: Request) -> Response:
        shown = {"api_url": api_url, "commit": build["commit"], "files": build["files"], "number": build["number"]}
        shown["sale"] = asked.get_boolean_value("sale", default_value=False)
        return templates.TemplateResponse(request, "page.html", shown, headers={"Content-Security-Policy": policy})

    return Starlette(
        routes=[
            Route("/", page),
            Route("/healthz", healthz),
            Mount("/static", StaticFiles(directory=dist / "static")),
        ]
    )


if __name__ == "__main__":
    serve(application(api_url=os.environ["API_URL"], flags_file=os.environ.get("MATINEE_FLAGS_FILE", "")))
