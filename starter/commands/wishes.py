"""Wishes: commands that ask something of one preview, print its answer and may wait for what comes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import click

from domain.messages import Command
from domain.names import Key
from settings import load
from starter.commands.arguments import connected, json_option, key_argument, login, wait_option
from starter.commands.asking import Preview
from starter.commands.options import data_option
from starter.commands.printing import print_json
from starter.commands.waiting import End, awaited

Ask = Callable[[Preview], Awaitable[str]]
"""Says the wish to the preview and returns its answer."""


def wish(update: str, text: str, *, end: End | None = None) -> click.Command:
    """The command that sends this update; with an `end` to wait for, it has `--wait`."""

    async def ask(preview: Preview) -> str:
        return await preview.update(update, Command(by=login()))

    return wish_by(ask, text, end=end)


def wish_by(ask: Ask, text: str, *, end: End | None) -> click.Command:
    """The command with this text of help that asks so."""

    @click.command(help=text)
    @key_argument
    @data_option
    @json_option
    def command(key: Key, data: Path | None, as_json: bool, wait: bool = False) -> int:
        return asyncio.run(asked(data, key, ask, end=end if wait else None, as_json=as_json))

    return wait_option(command) if end else command


async def asked(data: Path | None, key: Key, ask: Ask, *, end: End | None, as_json: bool) -> int:
    """The exit code, after the answer was printed; with an `end`, after that end, and 1 if it is another."""
    async with connected(load(data)) as client:
        preview = Preview(client, key)
        before = await preview.status() if end else None
        answer = await ask(preview)
        if end is None or before is None:
            _print(key, answer, as_json=as_json)
            return 0
        click.echo(answer, err=as_json)
        good, status = await awaited(preview, before, end, lambda line: click.echo(line, err=as_json))
        if as_json:
            print_json({"key": key, "answer": answer, "status": status})
        return 0 if good else 1


def _print(key: Key, answer: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"key": key, "answer": answer})
    else:
        click.echo(f"{key}: {answer}")
