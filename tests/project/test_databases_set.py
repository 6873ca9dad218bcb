"""Settings of databases: which kind each is, and what a wrong one is told."""

import pytest
from pydantic import ValidationError

from databases import limits_of
from sections import AbsentDatabaseSettings, PostgresSettings
from settings import ADMIN_URL, Settings, explained, passed_on


def test_a_database_that_does_not_say_its_kind_is_postgresql() -> None:
    """Settings of earlier versions, which had no other kind, go on as they were."""
    settings = Settings.model_validate({"databases": {"main": {"host": "db.example.com"}}})

    assert settings.databases["main"] == PostgresSettings(host="db.example.com")


def test_none_is_a_kind_without_a_throttle() -> None:
    """An installation without databases has nothing to wait for."""
    settings = Settings.model_validate({"databases": {"main": {"kind": "none"}, "other": {"throttle": 5}}})

    assert settings.databases["main"] == AbsentDatabaseSettings()
    assert limits_of(settings) == {"other": 5}


def test_an_unknown_kind_is_told_with_those_that_there_are() -> None:
    """The message names the variable and what may stand in it."""
    with pytest.raises(ValidationError) as wrong:
        Settings.model_validate({"databases": {"main": {"kind": "oracle"}}})

    text = explained(wrong.value)
    assert "MATINEE_DATABASES__MAIN" in text
    assert "'postgres', 'neon', 'none'" in text


def test_an_administrators_url_is_passed_on_to_nobody() -> None:
    """`matinee up` in a shell that has prepared a server gives its worker no more than settings."""
    given = {ADMIN_URL: "postgresql://root:hidden@db", "MATINEE_DATABASE": "main", "HOME": "/root"}

    assert passed_on(given) == {"MATINEE_DATABASE": "main"}
