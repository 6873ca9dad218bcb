"""`matinee demo`: the whole life of a preview, on real parts and a real repository, in about a minute."""

import asyncio
import contextlib
import shutil
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import click
import httpx
from temporalio.client import Client

from composition import git_forge
from domain.errors import PermanentError
from domain.messages import Status
from domain.names import Key
from domain.phases import Phase
from settings import load
from starter.commands.demonstrating import Clone
from starter.commands.up import up
from starter.connecting import connect
from starter.following import PAUSE, exists, follow, rolled_out, taken_down

REPOSITORY = "local/shop"
KEY = Key(REPOSITORY, 1)
BRANCH = "badges"
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "shop"

MIGRATION = """\
ALTER TABLE products ADD COLUMN badge text;
UPDATE products SET badge = 'New' WHERE id % 7 = 0;
"""


@click.command()
@click.option("--keep", is_flag=True, help="Wait for Enter before the end, to look around: page, Temporal UI, preview.")
def command(keep: bool) -> None:
    """Show the whole life of a preview: a push, a migration, a URL, an update, and the verified end.

    Starts Temporal, PostgreSQL, Traefik, a worker and a receiver in a folder of its own under the system's folder
    for temporary files, and removes all of it at the end, also after a failure or Ctrl-C.
    """
    began = time.monotonic()
    with _folder() as folder:
        asyncio.run(_demo(folder, keep=keep))
    click.secho(f"\nDone in {time.monotonic() - began:.0f} s; nothing is left of it.", bold=True)
    click.echo("Next: `matinee up` in one terminal, `matinee try PATH` in another.")


@contextlib.contextmanager
def _folder() -> Generator[Path]:
    """A folder that the users of PostgreSQL and of previews may enter; gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="matinee-demo-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


async def _demo(folder: Path, *, keep: bool) -> None:
    data = folder / "data"
    click.secho("Starting Temporal, PostgreSQL, Traefik, a worker and a receiver …", bold=True)
    async with up(data, port=0) as running:
        click.echo(f"  page {running.page}   Temporal UI {running.parts.temporal.ui_url}")
        client = await connect(load(data))
        clone = Clone(folder / "shop", EXAMPLE, await git_forge(load(data)).create(REPOSITORY))
        await asyncio.to_thread(clone.begin)
        look = _Look(running.parts.traefik.port)
        opened = await _open(client, clone, look)
        updated = await _update(client, clone, look, opened)
        if keep:
            await asyncio.to_thread(click.pause, "\nLook around, then press any key to close the pull request …")
        await _close(client, clone, updated)


async def _open(client: Client, clone: Clone, look: "_Look") -> Status:
    _heading("A pull request: the branch `badges` adds a column to the products by a migration")
    commit = await asyncio.to_thread(clone.commit, BRANCH, {"migrations/0003_badges.sql": MIGRATION})
    status = await _pushed(client, clone, commit)
    products = await look.products(status)
    badges = sum(1 for product in products["products"] if product.get("badge"))
    _fact(f"the seed is there: {products['total']} products")
    _fact(f"and so is the change: {badges} of the first {len(products['products'])} have a badge")
    _expect(products["total"] > 0 and badges > 0, "the preview does not show the seed and the migration")
    return status


async def _update(client: Client, clone: Clone, look: "_Look", known: Status) -> Status:
    _heading("A second commit: a new headline")
    page = (EXAMPLE / "shop" / "templates" / "page.html").read_text()
    changed = page.replace("Made slowly,<br>used daily.", "Now with badges.")
    commit = await asyncio.to_thread(clone.commit, BRANCH, {"shop/templates/page.html": changed})
    status = await _pushed(client, clone, commit, known)
    text = await look.page(status)
    _expect("Now with badges." in text, "the page does not show the new headline")
    _fact("the page says “Now with badges.”")
    return status


async def _close(client: Client, clone: Clone, known: Status) -> None:
    _heading("The branch is deleted, which closes the pull request")
    pushing = asyncio.create_task(asyncio.to_thread(clone.delete, BRANCH))
    status = await _followed(client, taken_down, known)
    await pushing
    _expect(status.phase is Phase.GONE and not status.ledger, f"not everything is gone: {status.detail}")


async def _pushed(client: Client, clone: Clone, commit: str, known: Status | None = None) -> Status:
    pushing = asyncio.create_task(asyncio.to_thread(clone.push, BRANCH))
    status = await _followed(client, rolled_out(commit), known)
    await pushing
    _expect(status.phase is Phase.READY, f"{status.reason.value}: {status.detail}")
    return status


async def _followed(client: Client, settled: Callable[[Status], bool], known: Status | None) -> Status:
    """The status at which it was settled; the checklist was shown on the way."""
    while not await exists(client, KEY):  # noqa: ASYNC110 - another process makes it, which sets no event of ours
        # The push is under way, and its hook has not told the workflow yet.
        await asyncio.sleep(PAUSE)
    last: Status | None = None
    async for lines, status in follow(client, KEY, settled, known=known):
        last = status
        for line in lines:
            click.echo(f"  {line}")
    if last is None:
        raise PermanentError("the preview told nothing")
    return last


class _Look:
    """Looks at a preview as a browser on this machine does: `*.localhost` is this machine (RFC 6761 §6.3)."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"

    async def page(self, status: Status) -> str:
        """The page's HTML."""
        return (await self._get(status, "web", "/")).text

    async def products(self, status: Status) -> dict[str, Any]:
        """The first page of products, from the API."""
        found: dict[str, Any] = (await self._get(status, "api", "/products")).json()
        return found

    async def _get(self, status: Status, service: str, path: str) -> httpx.Response:
        url = httpx.URL(next(url.url for url in status.urls if url.service == service))
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(self._address + path, headers={"Host": url.netloc.decode()})
        _expect(answer.is_success, f"{url} answers {answer.status_code}")
        return answer


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise PermanentError(f"the demo failed: {otherwise}")


def _heading(text: str) -> None:
    click.secho(f"\n{text}", bold=True)


def _fact(text: str) -> None:
    click.secho(f"  → {text}", fg="cyan")
