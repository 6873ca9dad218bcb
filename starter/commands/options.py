"""What every subcommand and the group itself share; arguments.py has what needs Temporal, which is slow to load."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

INTERRUPTED = 130
"""What a shell expects of a program that Ctrl-C ended: 128 and the number of SIGINT."""

Command = TypeVar("Command", bound=Callable[..., Any])


def data_option(command: Command) -> Command:
    """`--data FOLDER`: where an installation on this machine keeps what it knows."""
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the installation on this machine.  [default: MATINEE_DATA, else this user's data folder]",
    )(command)
