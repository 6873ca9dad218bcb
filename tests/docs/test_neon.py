"""The settings on the page about Neon make a database there."""

import asyncio
import contextlib
import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import yaml

from adapters.databases.neon.database import NeonDatabase
from databases import database_of
from sections import KubernetesPlatformSettings, NeonSettings
from settings import Settings
from tests.docs.pages import DOCS, blocks

PAGE = (DOCS / "how-to" / "neon.md").read_text()
(SETTINGS,) = blocks(PAGE, "sh")
(NETWORKS,) = blocks(PAGE, "yaml")


async def _exported(block: str, folder: Path) -> dict[str, str]:
    """The variables of ours that a shell has after this block."""
    (folder / "neon-api-key").write_text("napi_of_the_page\n")
    shell = await asyncio.create_subprocess_exec(
        *("bash", "-euc", f"{block}\nenv"),
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await shell.communicate()
    return dict(re.findall(r"(?m)^(MATINEE_\w+)=(.*)$", said.decode()))


def _nested(variables: dict[str, str], beginning: str) -> dict[str, str]:
    return {name.removeprefix(beginning).lower(): value for name, value in variables.items()}


async def test_the_settings_make_a_database(tmp_path: Path) -> None:
    """Whoever copies the block, with a key and a project of their own, has a database at Neon."""
    exported = _nested(await _exported(SETTINGS, tmp_path), "MATINEE_DATABASES__MAIN__")
    settings = Settings.model_validate({"data": tmp_path, "databases": {"main": exported}})
    section = settings.databases["main"]

    async with contextlib.AsyncExitStack() as stack:
        made = database_of(stack, settings, "main", section, now=lambda: datetime.now(UTC))

    assert isinstance(section, NeonSettings)
    assert isinstance(made, NeonDatabase)
    assert set(exported) <= set(NeonSettings.model_fields)
    assert section.api_key.get_secret_value() == "napi_of_the_page"


def test_the_networks_are_those_of_a_platform() -> None:
    """What the page opens on Kubernetes is a setting that there is, in a form that is taken."""
    values = _nested(yaml.safe_load(NETWORKS)["settings"], "MATINEE_PLATFORMS__CLUSTER__")

    opened = {name: json.loads(value) for name, value in values.items()}

    assert KubernetesPlatformSettings(gateway="previews/previews", **opened).database == ["0.0.0.0/0"]


def test_the_page_says_what_was_never_tried() -> None:
    """Nobody takes it for tried at Neon itself."""
    assert "**Tested against the vendor's API description, never yet against the vendor.**" in PAGE
