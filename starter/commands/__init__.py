"""The `matinee` command: a group whose subcommands are imported only when they are called, as some load a lot."""

import contextlib
import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import click
from typing_extensions import override

from domain.errors import MatineeError
from starter.commands.options import INTERRUPTED

COMMANDS = {
    "up": ("starter.commands.up", "Run everything on this machine, in the foreground."),
    "demo": ("starter.commands.demo", "Show the whole life of a preview, then remove it all."),
    "try": ("starter.commands.trying", "Preview a repository of yours that has a .matinee.yaml."),
    "list": ("starter.commands.listing", "List the previews."),
    "show": ("starter.commands.showing", "Show all that is known of one preview."),
    "open": ("starter.commands.opening", "Open a preview in the browser."),
    "logs": ("starter.commands.logs", "Print what the services of a preview wrote."),
    "start": ("starter.commands.starting", "Bring a stopped or expired preview up again."),
    "stop": ("starter.commands.stopping", "Take a preview down while its pull request stays open."),
    "close": ("starter.commands.closing", "End a preview and remove all that it made."),
    "redeploy": ("starter.commands.redeploying", "Roll the newest commit out again."),
    "retry": ("starter.commands.retrying", "Try the rollout that failed again."),
    "reset-database": ("starter.commands.resetting", "Give a preview fresh data."),
    "psql": ("starter.commands.psql", "Open a shell on a preview's database."),
    "extend": ("starter.commands.extending", "Let a preview live longer."),
    "pin": ("starter.commands.pinning", "Keep a preview until its pull request is closed."),
    "unpin": ("starter.commands.unpinning", "Give a pinned preview its end of life back."),
    "flag": ("starter.commands.flagging", "List or set the flags of a preview."),
    "sweep": ("starter.commands.sweeping", "Find and mend what does not fit together."),
    "throttle": ("starter.commands.throttling", "Show or resize the limit of branchings and migrations."),
    "database": ("starter.commands.database", "List what is on a database server, or prepare one."),
    "settings": ("starter.commands.configured", "Show the settings in force and where they are from."),
    "doctor": ("starter.commands.doctor", "Try every configured part and say what to do."),
    "install": ("starter.commands.install", "Say what a cluster still lacks before it gives previews."),
    "worker": ("starter.commands.worker", "Run a worker, against the Temporal that is configured."),
    "receiver": ("starter.commands.receiver", "Run the receiver of webhooks and the page."),
}
"""Name of each subcommand: the module that defines `command`, and its line in `matinee --help`."""


class Lazy(click.Group):
    """A group that knows its subcommands' names and lines of help without importing them.

    `known` has, as COMMANDS, for each name the module that defines `command`, and its line of help.
    """

    def __init__(self, *, known: Mapping[str, tuple[str, str]], **attributes: Any) -> None:
        super().__init__(**attributes)
        self.known = known

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which people meet them."""
        return list(self.known)

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The subcommand, imported now; None if there is no such."""
        if cmd_name not in self.known:
            return None
        command: click.Command = importlib.import_module(self.known[cmd_name][0]).command
        return command

    @override
    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of subcommands, a line each."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.known.items()])


@click.group(cls=Lazy, known=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="matinee", prog_name="matinee")
def cli() -> None:
    """A full preview of every pull request: its own commit, database and URL, gone when it closes.

    Begin with `matinee demo`. Then `matinee up` in one terminal, and `matinee try PATH` in another.
    """


def main() -> NoReturn:
    """Run the command line; the exit code is 0 if it was done, 1 if not, 2 if it was not understood."""
    code = invoked(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        # Whoever read it may be gone.
        with contextlib.suppress(BrokenPipeError):
            stream.flush()
    # Temporal's library may abort the interpreter while that takes itself apart, after all work was done
    # (https://github.com/temporalio/sdk-python/issues/300).
    os._exit(code)


def invoked(arguments: list[str]) -> int:
    """The exit code of these arguments. Errors of ours are a message without a traceback."""
    try:
        result = cli.main(args=arguments, prog_name="matinee", standalone_mode=False)
    except click.exceptions.Exit as end:
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except MatineeError as error:
        click.secho(f"matinee: {error.message}", err=True, fg="red")
        return 1
    except SystemExit as end:
        # How click ends when whoever read what we print is gone.
        return end.code if isinstance(end.code, int) else 1
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    return result if isinstance(result, int) else 0
