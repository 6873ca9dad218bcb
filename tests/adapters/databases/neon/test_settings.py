"""Settings of Neon: what a wrong one is told, and what the right ones make."""

import contextlib
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from adapters.databases.neon.database import NeonDatabase
from databases import database_of, limits_of
from sections import NeonSettings
from settings import Settings, explained

GIVEN = {"kind": "neon", "api_key": "napi_planted", "project": "quiet-leaf-123456"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"api_key": ""}, "give API_KEY"),
        ({"api_key": "\u201cnapi_planted\u201d"}, "MATINEE_DATABASES__MAIN__API_KEY: holds what no API key has"),
        ({"api_key": "napi_planted napi_planted"}, "a space"),
        ({"project": ""}, "PROJECT"),
        ({"project": "Quiet Leaf"}, "MATINEE_DATABASES__MAIN__PROJECT"),
        ({"min_cu": 4}, "MIN_CU is 4, and MAX_CU 1"),
        ({"suspend": 5}, "MATINEE_DATABASES__MAIN__SUSPEND"),
        ({"base_url": "console.neon.tech"}, "MATINEE_DATABASES__MAIN__BASE_URL"),
    ],
)
def test_a_wrong_setting_is_told_by_its_name(wrong: dict[str, object], said: str) -> None:
    """I see which variable is wrong, and no secret."""
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({"databases": {"main": GIVEN | wrong}})

    text = explained(refused.value)
    assert said in text
    assert "napi_planted" not in text


def test_a_line_break_behind_the_key_is_no_part_of_it() -> None:
    """A key that was read from a file works as it is."""
    settings = Settings.model_validate({"databases": {"main": GIVEN | {"api_key": "napi_planted\n"}}})

    section = settings.databases["main"]
    assert isinstance(section, NeonSettings)
    assert section.api_key.get_secret_value() == "napi_planted"


async def test_the_settings_make_a_database_with_a_throttle() -> None:
    """What I set is what is used, and what is opened for it is closed again."""
    settings = Settings.model_validate({"databases": {"main": GIVEN | {"parent": "seeded", "max_cu": 2}}})
    section = settings.databases["main"]
    assert isinstance(section, NeonSettings)

    async with contextlib.AsyncExitStack() as stack:
        made = database_of(stack, settings, "main", section, now=lambda: datetime.now(UTC))

        assert isinstance(made, NeonDatabase)
        assert (made.workplace.parent, made.workplace.project.compute.max_cu) == ("seeded", 2)
        client = made.workplace.project.asking.client
        assert not client.is_closed
    assert client.is_closed
    assert limits_of(settings) == {"main": 3}
    assert "napi_planted" not in repr(made.workplace)
