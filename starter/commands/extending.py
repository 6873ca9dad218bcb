"""`matinee extend`: lets a preview live longer."""

import asyncio
from pathlib import Path

import click
import durationpy
from typing_extensions import override

from domain.messages import Extend
from domain.names import Key
from starter.commands.arguments import json_option, key_argument, login
from starter.commands.asking import Preview
from starter.commands.options import data_option
from starter.commands.wishes import asked


class Hours(click.ParamType[float]):
    """A duration as people write it, as hours."""

    name = "duration"

    @override
    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The hours; a usage error with examples if it is no duration."""
        try:
            return durationpy.from_str(str(value)).total_seconds() / 3600
        except durationpy.DurationError:
            self.fail(f"{value!r} is no duration; write it such as 2d, 12h or 1h30m", param, ctx)


@click.command()
@key_argument
@click.argument("duration", type=Hours())
@data_option
@json_option
def command(key: Key, duration: float, data: Path | None, as_json: bool) -> int:
    """Let the preview live longer by DURATION, such as 2d or 12h, counted from its end of life, or from now if past."""

    async def ask(preview: Preview) -> str:
        return await preview.update("extend", Extend(hours=duration, by=login()))

    return asyncio.run(asked(data, key, ask, end=None, as_json=as_json))
