"""`matinee flag`: lists the flags of a preview, or sets one of them while it runs."""

import asyncio
from pathlib import Path

import click

from domain.flags import Flag
from domain.messages import SetFlag
from domain.names import Key
from settings import load
from starter.commands.arguments import connected, json_option, key_argument, login
from starter.commands.asking import Preview
from starter.commands.options import data_option
from starter.commands.printing import print_json, table
from starter.commands.wishes import asked


@click.command()
@key_argument
@click.argument("name", required=False)
@click.argument("value", required=False)
@click.option("--reset", is_flag=True, help="Let NAME be again what the definition says.")
@data_option
@json_option
def command(key: Key, name: str | None, value: str | None, data: Path | None, reset: bool, as_json: bool) -> int:  # noqa: PLR0917 - one for each word of the command line
    """List the flags of a preview, or let its flag NAME be VALUE, without a rollout.

    VALUE is on or off for a switch, else a number or a text, as the definition's own value is. It stays over pushes,
    stop and start, until it is reset or the pull request is closed.
    """
    if name is None:
        if reset:
            raise click.UsageError("say which flag to reset: matinee flag KEY NAME --reset")
        return asyncio.run(_listed(data, key, as_json=as_json))
    if reset == (value is not None):
        raise click.UsageError("give a value, such as on, off or 3, or --reset")
    wish = SetFlag(name=name, value=value or "", reset=reset, by=login())

    async def ask(preview: Preview) -> str:
        return await preview.update("flag", wish)

    return asyncio.run(asked(data, key, ask, end=None, as_json=as_json))


async def _listed(data: Path | None, key: Key, *, as_json: bool) -> int:
    async with connected(load(data)) as client:
        preview = Preview(client, key)
        await preview.running()
        flags = (await preview.status()).flags
    if as_json:
        print_json({"key": key, "flags": flags})
    else:
        click.echo("\n".join(lines(flags)))
    return 0


def lines(flags: tuple[Flag, ...]) -> list[str]:
    """A table of what the definition says, what was set by hand, and what is in force."""
    if not flags:
        return ["its definition declares no flags"]
    rows = [(flag.name, flag.default, "" if flag.override is None else flag.override, flag.value) for flag in flags]
    return table([("FLAG", "DEFINITION", "BY HAND", "IN FORCE"), *rows])
