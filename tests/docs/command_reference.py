"""Writes docs/reference/commands.md from the help of the commands: python -m tests.docs.command_reference."""

import importlib
from pathlib import Path

import click

from starter.commands import COMMANDS, cli

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
    sections = [f"## matinee {name}\n\n```text\n{_help(name, module)}\n```" for name, (module, _) in COMMANDS.items()]
    return "\n".join((_OPENING, "| command | |", "|---|---|", overview, "", "\n\n".join(sections), ""))


def _help(name: str, module: str) -> str:
    command: click.Command = importlib.import_module(module).command
    above = click.Context(cli, info_name="matinee", terminal_width=_WIDTH)
    with click.Context(command, info_name=name, parent=above, help_option_names=["-h", "--help"]) as context:
        return command.get_help(context)


if __name__ == "__main__":
    PAGE.write_text(rendered())
