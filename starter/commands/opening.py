"""`matinee open`: the preview in a browser."""

import asyncio
import webbrowser
from pathlib import Path
from urllib.parse import urlsplit

import click

from domain.errors import PermanentError
from domain.names import Key
from settings import load
from starter.commands.arguments import connected, json_option, key_argument
from starter.commands.asking import Preview
from starter.commands.options import data_option
from starter.commands.printing import print_json


@click.command()
@key_argument
@data_option
@json_option
def command(key: Key, data: Path | None, as_json: bool) -> None:
    """Open the preview in a browser, and print its URL. No worker needs to run for this."""
    url = asyncio.run(_url(data, key))
    if as_json:
        print_json({"key": key, "url": url})
    else:
        click.echo(url)
    webbrowser.open(url)


async def _url(data: Path | None, key: Key) -> str:
    async with connected(load(data)) as client:
        memo = await (await Preview(client, key).running()).memo()
    url = str(memo.get("url", ""))
    # A browser would also open files and run programs, if it were asked so.
    if urlsplit(url).scheme not in {"http", "https"}:
        raise PermanentError(f"no revision of {key} is live; `matinee show {key}` says why")
    return url
