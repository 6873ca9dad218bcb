"""Arguments and options that the commands about previews share, and what they have in common as they run."""

import getpass
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import click
from temporalio.client import Client
from temporalio.service import RPCError

from domain.errors import PermanentError, TemporaryError
from domain.names import Key, parse_key
from settings import Settings
from starter.connecting import connect

Command = TypeVar("Command", bound=Callable[..., Any])


def key_argument(command: Command) -> Command:
    """`KEY`: names the preview, in any form that parse_key reads; another one ends the command with the cure."""
    return click.argument("key", metavar="KEY", callback=_key)(command)


def json_option(command: Command) -> Command:
    """`--json`: print for programs instead of people."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def server_option(command: Command) -> Command:
    """`--server NAME`: which of the database servers in the settings."""
    return click.option(
        "--server", help="Name of the database server in the settings.  [default: the one that is used]"
    )(command)


def wait_option(command: Command) -> Command:
    """`--wait`: show the checklist until it is done."""
    return click.option(
        "--wait", is_flag=True, help="Show the checklist until it is done; exit code 1 if it comes to another end."
    )(command)


@asynccontextmanager
async def connected(settings: Settings) -> AsyncGenerator[Client]:
    """A client; what Temporal refuses inside the block is said as an error of ours."""
    client = await connect(settings)
    try:
        yield client
    except RPCError as error:
        raise TemporaryError(
            f"Temporal did not do it: {error.message}; `matinee doctor` looks for the cause"
        ) from error


def login() -> str:
    """The name of the user who types, by which a preview says who asked."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a user id that has no name.
        return "an operator"


def _key(_context: click.Context, _parameter: click.Parameter, text: str) -> Key:
    try:
        return parse_key(text)
    except ValueError as error:
        raise PermanentError(str(error)) from error
