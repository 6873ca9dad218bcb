"""`matinee database`: what concerns a database server as a whole, not one preview."""

import click

from starter.commands import Lazy

KNOWN = {
    "list": ("starter.commands.branches", "List the branches and seeds on a database server."),
    "setup": ("starter.commands.preparing", "Prepare a PostgreSQL server, or print the SQL that does."),
}
"""Name of each subcommand: the module that defines `command`, and its line of help."""


@click.group(cls=Lazy, known=KNOWN)
def command() -> None:
    """List what is on a database server, or prepare one. `matinee throttle` shows who works there now."""
