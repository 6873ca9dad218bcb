"""`matinee settings`: every value in force with where it is from, and never a secret."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.starter.commands.command_lines import Answer, CommandLine

SECRETS = {
    "key_ring": "k1:" + "5ec4e7" * 11,
    "password": "planted-database-password",
    "token": "ghp_plantedtoken",
    "webhook_secret": "planted-webhook-secret",
    "credentials": "robot:planted-registry-password",
    "proxy": "planted-user:planted-url-password",
    "api_key": "planted-api-key",
}
UP = {
    "key_ring": SECRETS["key_ring"],
    "temporal": {"address": "127.0.0.1:9", "ui": "http://127.0.0.1:8234"},
    "databases": {"main": {"password": SECRETS["password"], "port": 6543}},
    "images": {"oci": {"kind": "registry", "credentials": {"registry.example": SECRETS["credentials"]}}},
}


@pytest.fixture
def matinee(tmp_path: Path) -> CommandLine:
    """A command line in an installation that holds a secret wherever there may be one."""
    (tmp_path / "up.json").write_text(json.dumps(UP))
    github = {
        "KIND": "github",
        "TOKEN": SECRETS["token"],
        "WEBHOOK_SECRET": SECRETS["webhook_secret"],
        "CLONE_URL": f"https://{SECRETS['proxy']}@git.example",
    }
    named = {f"MATINEE_FORGES__GITHUB__{name}": value for name, value in github.items()}
    own = {"TEMPORAL_NAMESPACE": "shop", "TEMPORAL_API_KEY": SECRETS["api_key"]}
    return CommandLine(tmp_path, {"MATINEE_RECEIVER__PORT": "8099", **named, **own})


async def test_settings_say_where_each_is_from(matinee: CommandLine) -> None:
    """An operator sees what is in force and where to change it, and the Temporal of `matinee up` while it runs."""
    people, program = await asyncio.gather(
        matinee("settings", "--data", str(matinee.data)), matinee("settings", "--data", str(matinee.data), "--json")
    )

    assert people.code == 0
    words = [line.split() for line in people.out.splitlines()]
    for line in (
        ["data", str(matinee.data), "--data"],
        ["port", "8099", "environment"],
        ["port", "6543", "up.json"],
        ["host", "127.0.0.1", "default"],
        ["namespace", "default", "default"],
    ):
        assert line in words
    assert program.json["settings"]["databases"]["main"]["port"] == 6543
    assert program.json["settings"]["temporal"]["address"] == "127.0.0.1:9"
    assert program.json["from"]["temporal.address"] == "up.json"
    assert program.json["from"]["forges.github.token"] == "environment"
    assert program.json["from"]["lifetime"] == "default"


async def test_temporal_is_told_first_by_its_own_configuration(matinee: CommandLine) -> None:
    """Who uses another Temporal than the one of `matinee up` sees that its own variables stand above ours."""
    answer = await matinee("settings", "--data", str(matinee.data / "without-up"), "--json")

    assert answer.json["settings"]["temporal"]["namespace"] == "shop"
    assert answer.json["from"]["temporal.namespace"] == "Temporal's own"
    assert answer.json["from"]["temporal.address"] == "default"


async def test_settings_and_doctor_show_no_secret(matinee: CommandLine) -> None:
    """What they print can be pasted into an issue: neither a secret nor credentials within a URL are in it."""
    data = ("--data", str(matinee.data))
    answers = [
        await matinee(*arguments, *data)
        for arguments in (("settings",), ("settings", "--json"), ("doctor",), ("doctor", "--json"), ("list",))
    ]
    answers.append(await matinee("settings", "--data", str(matinee.data / "without-up")))

    assert [secret for secret in SECRETS.values() for answer in answers if _tells(answer, secret)] == []
    assert all("**********" in answer.out for answer in (answers[0], answers[-1]))


async def test_wrong_setting_is_named_with_its_cure(matinee: CommandLine) -> None:
    """A slip in a variable ends with that variable's name, not with a traceback, and without the value of a secret."""
    wrong = {**matinee.variables, "MATINEE_LIFETIME": "soon", "MATINEE_KEY_RING": "planted-ring"}
    answer = await CommandLine(matinee.data, wrong)("settings", "--data", str(matinee.data))

    assert answer.code == 1
    assert "MATINEE_LIFETIME: is no duration; write it such as 7d" in answer.err
    assert "MATINEE_KEY_RING" in answer.err
    assert "planted-ring" not in answer.err
    assert "Traceback" not in answer.err


def _tells(answer: Answer, secret: str) -> bool:
    """Whether the secret, or the telling half of it, was printed."""
    return any(part in answer.out + answer.err for part in (secret, secret.partition(":")[2] or secret))
