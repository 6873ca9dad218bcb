"""The page of settings says what settings.py and sections/ say."""

import pytest

from settings import PREFIX, Settings, load
from tools import settings_reference

SECTIONS = tuple(settings_reference.TITLES)


def test_the_page_is_what_settings_py_says() -> None:
    """An operator reads the defaults that are in force. To mend: `python -m tools.settings_reference`."""
    assert settings_reference.PAGE.read_text() == settings_reference.rendered()


def test_every_setting_is_on_the_page_with_its_meaning() -> None:
    """No setting is left to guessing: each has a line, and each line a sentence."""
    page = settings_reference.rendered()
    rows = [line for line in page.splitlines() if line.startswith(f"| `{PREFIX}")]
    plain = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields if name not in SECTIONS}

    assert plain <= set(settings_reference.variables())
    assert [row for row in rows if row.endswith("| None |") or not row.endswith(". |")] == []


@pytest.mark.parametrize("name", ["temporal", "receiver", "forges", "images", "databases", "platforms"])
def test_every_section_has_its_variables(name: str) -> None:
    """Nested settings are on the page by the whole name of their variable."""
    assert any(variable.startswith(f"{PREFIX}{name.upper()}__") for variable in settings_reference.variables())


def test_the_defaults_are_settings_that_load(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What the page calls a default starts Matinee without anything set."""
    assert load(tmp_path_factory.mktemp("empty")).installation == Settings.model_fields["installation"].default
