"""Composing: docker-compose.yml as it stands there, and as Docker Compose itself understands it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.commands import output
from tools.kubernetes.building import program
from tools.setup import ROOT

FILE = ROOT / "docker-compose.yml"
WRITTEN: dict[str, Any] = yaml.safe_load(FILE.read_text())
"""With its anchors put in, and its variables as they stand there."""

GIVEN: Mapping[str, str] = {
    "TEMPORAL_PASSWORD": "of-temporal",
    "POSTGRES_PASSWORD": "of-the-superuser",
    "DATABASE_PASSWORD": "of-matinee",
    "MATINEE_KEY_RING": "first:" + "5e" * 32,
    "GITHUB_TOKEN": "of-the-bot",
    "GITHUB_REPOSITORIES": '["acme/shop"]',
}
"""What an operator has to say."""


async def composed(given: Mapping[str, str] = GIVEN, file: Path = Path(os.devnull)) -> dict[str, Any]:
    """The whole set with these variables, and those of the file; PermanentError says what Docker Compose refuses."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/", **given}
    command = (program("docker-compose"), "--file", FILE, "--env-file", file, "config", "--format", "json")
    return json.loads(await output(*command, environment=environment))


def services_of_ours(services: Mapping[str, Any]) -> dict[str, Any]:
    """Those whose image is built here."""
    return {name: one for name, one in services.items() if one["image"].startswith("matinee:")}
