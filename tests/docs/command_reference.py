"""Writes docs/reference/commands.md from the help of the commands: python -m tests.docs.command_reference."""

from collections.abc import Iterator
from pathlib import Path

import click

from starter.commands import COMMANDS, Lazy, cli

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "commands.md"

_OPENING = """\
# Commands

What `matinee` can be told, as `matinee COMMAND --help` says it. Made from that help by
`python -m tests.docs.command_reference`; a test sees that it is current.

`KEY` names a preview: `acme/shop#12`, `acme/shop:12` or its workflow's id, `preview:acme/shop:12`. In a shell, put
the first in quotes if a `#` begins a comment there.

Exit codes: 0 done; 1 not done, and the message says what to do; 2 not understood; 130 ended by Ctrl-C. With `--json`,
standard output holds one JSON value and nothing else: keys as `acme/shop#12`, instants as ISO 8601. The same can be
done with [Temporal's own tools](../how-to/by-hand-with-temporal.md).
"""

_WIDTH = 100


def rendered() -> str:
    """The whole page."""
    overview = "\n".join(f"| [`{name}`](#matinee-{name}) | {line} |" for name, (_, line) in COMMANDS.items())
    sections = [f"## {context.command_path}\n\n```text\n{_help(context)}\n```" for context in contexts()]
    return "\n".join((_OPENING, "| command | |", "|---|---|", overview, "", "\n\n".join(sections), ""))


def contexts() -> Iterator[click.Context]:
    """Every command as it is called, each group before its subcommands."""
    yield from _below(click.Context(cli, info_name="matinee", terminal_width=_WIDTH))


def _below(above: click.Context) -> Iterator[click.Context]:
    group = above.command
    if not isinstance(group, Lazy):
        return
    for name in group.list_commands(above):
        if command := group.get_command(above, name):
            context = click.Context(command, info_name=name, parent=above, help_option_names=["-h", "--help"])
            yield context
            yield from _below(context)


def _help(context: click.Context) -> str:
    with context:
        return context.command.get_help(context)


if __name__ == "__main__":
    PAGE.write_text(rendered())
