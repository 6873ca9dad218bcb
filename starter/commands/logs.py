"""`matinee logs`: what the services of a preview wrote."""

import asyncio
from pathlib import Path

import click

from composition import composed
from domain.errors import PermanentError, TemporaryError
from domain.escaping import plain
from domain.names import Key
from domain.phases import Reason
from domain.requests import LogsRequest
from settings import Settings, load
from starter.commands.arguments import connected, json_option, key_argument
from starter.commands.asking import Preview
from starter.commands.options import data_option
from starter.commands.printing import print_json
from worker import Ports


@click.command()
@key_argument
@click.argument("service", required=False)
@click.option("--lines", type=click.IntRange(1, 100_000), default=100, show_default=True, help="Lines at most.")
@data_option
@json_option
def command(key: Key, service: str | None, lines: int, data: Path | None, as_json: bool) -> None:
    """Print the last lines that the services wrote, or only those of SERVICE; secrets are masked.

    It asks the platform itself, so it has to run where the platform can be reached.
    """
    written = plain(asyncio.run(_written(load(data), key, service, lines)))
    if as_json:
        print_json({"key": key, "service": service, "lines": written.splitlines()})
    elif written:
        click.echo(written.removesuffix("\n"))
    else:
        click.echo(f"nothing is written yet; `matinee show {key}` says how far it is", err=True)


async def _written(settings: Settings, key: Key, service: str | None, lines: int) -> str:
    async with composed(settings) as ports:
        label, instance = await _place(settings, key, ports)
        if instance not in ports.platforms:
            raise PermanentError(
                f"{key} runs on platform {instance!r}, which is not configured here", reason=Reason.SETTINGS
            )
        request = LogsRequest(key=key, label=label, instance=instance, service=service, lines=lines)
        return await ports.platforms[instance].logs(request)


async def _place(settings: Settings, key: Key, ports: Ports) -> tuple[str, str]:
    """The label, and where it runs: as the preview says, or as the settings do if no worker answers for it."""
    async with connected(settings) as client:
        preview = Preview(client, key)
        await preview.running()
        try:
            status = await preview.status()
        except TemporaryError:
            status = None
    if status and status.platform:
        return status.label, status.platform
    policy = ports.policies(key)
    return policy.label, policy.platform
