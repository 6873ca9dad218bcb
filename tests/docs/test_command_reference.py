"""The reference of the commands says what the commands say."""

from starter.commands import COMMANDS
from tests.docs.command_reference import PAGE, contexts, rendered


def test_reference_of_the_commands_is_current() -> None:
    """Nobody reads of an option that is gone; if this fails, run `python -m tests.docs.command_reference`."""
    assert PAGE.read_text() == rendered()


def test_reference_has_a_section_for_each_command() -> None:
    """Every command that `matinee --help` lists can be looked up, with its options."""
    page = PAGE.read_text()

    assert [name for name in COMMANDS if f"\n## matinee {name}\n" not in page] == []
    paths = [context.command_path for context in contexts()]
    assert [path for path in paths if f"\n## {path}\n" not in page] == []
    assert page.count("-h, --help") == len(paths) > len(COMMANDS)
