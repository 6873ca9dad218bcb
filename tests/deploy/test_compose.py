"""docker-compose.yml names nothing that is not there, shows itself to nobody else, and knows no password."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from activities import attributes
from domain.errors import PermanentError
from settings import PREFIX
from starter.commands import cli
from tests.cluster.commands import output
from tests.deploy.charts import Helm
from tests.deploy.composing import GIVEN, WRITTEN, composed, services_of_ours
from tests.docs.pages import DOCS, blocks
from tools import compose_objects, settings_reference
from tools.kubernetes import building
from tools.setup import ROOT

SERVICES = WRITTEN["services"]
SCRIPTS = ROOT / "deploy" / "compose"
OURS = services_of_ours(SERVICES)


@pytest.fixture
def compose() -> None:
    """Docker Compose itself is there."""
    if building.missing("compose"):
        pytest.skip("no Docker Compose here: make programs builds it")


@pytest.mark.parametrize("name", SERVICES)
def test_every_image_is_pinned_or_built_here(name: str) -> None:
    """Tomorrow's set is today's; what is ours is built from the Dockerfile, on bases that are pinned too."""
    image, build = SERVICES[name]["image"], SERVICES[name].get("build")
    if build is None:
        assert re.fullmatch(r"[a-z0-9./-]+:v?\d+\.\d+[\w.-]*", image)
    else:
        assert (ROOT / build["context"] / build["dockerfile"]).is_file()
        assert [one for one in build["args"].values() if not re.fullmatch(r"python:3\.11\.\d+-bookworm", one)] == []


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_private_and_comes_back(name: str) -> None:
    """Nobody but this machine reaches it, and after a restart of the machine it is there again."""
    service = SERVICES[name]
    ends = "completed_successfully" in str([one["depends_on"].get(name) for one in SERVICES.values() if needs(one)])

    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert service["restart"] == ("on-failure:5" if ends else "unless-stopped")


def test_what_others_wait_for_is_watched() -> None:
    """Who waits for a healthy service is told when it is."""
    written = "\n".join(str(service.get("depends_on")) for service in SERVICES.values())
    waited = set(re.findall(r"'([\w-]+)': {'condition': 'service_healthy'}", written))

    assert waited >= {"k3s", "postgres", "temporal"}
    assert [name for name in waited | set(OURS) if not SERVICES[name]["healthcheck"]["test"]] == []


def test_only_the_node_is_privileged() -> None:
    """Matinee's own programs have neither a right nor a file to write to."""
    assert [name for name, one in SERVICES.items() if one.get("privileged")] == ["k3s"]
    assert all(one["read_only"] and one["cap_drop"] == ["ALL"] for one in OURS.values())


@pytest.mark.parametrize("name", OURS)
def test_every_setting_and_command_exists(name: str) -> None:
    """No variable is a slip of the pen, and no option has gone."""
    known = [re.compile(one.replace("<NAME>", "[A-Z0-9]+")) for one in settings_reference.variables()]
    given = [one for one in OURS[name]["environment"] if one.startswith(PREFIX)]
    command, *arguments = OURS[name]["command"]

    assert [one for one in given if not any(pattern.fullmatch(one) for pattern in known)] == []
    assert parsed(command, arguments)


def test_every_file_that_is_mounted_is_there() -> None:
    """Docker would make an empty folder of one that is missing."""
    mounted = [one.partition(":")[0] for service in SERVICES.values() for one in service.get("volumes", [])]
    named = {one for one in mounted if not one.startswith(".")}

    assert [one for one in mounted if one.startswith(".") and not (ROOT / one).is_file()] == []
    assert named == set(WRITTEN["volumes"])


def test_every_search_attribute_is_registered() -> None:
    """No workflow stands still because the server does not know what it wants to write."""
    pairs = set(re.findall(r"\b(Matinee\w+):(\w+)", (SCRIPTS / "temporal.sh").read_text()))
    assert pairs == {(name, kind.name.title().replace("_", "")) for name, kind in attributes.ALL.items()}


def test_the_database_is_prepared_as_the_guide_says() -> None:
    """What an operator would do by hand is what the set does."""
    (guide, *_) = blocks((DOCS / "how-to" / "postgresql.md").read_text(), "sql")
    script = (SCRIPTS / "postgres.sh").read_text().replace(":'password'", "'a password of your own'")

    assert [one for one in guide.splitlines() if not one.startswith("--") and one not in script] == []


@pytest.mark.cluster
@pytest.mark.usefixtures("compose")
async def test_docker_compose_takes_the_file() -> None:
    """The specification is kept, by the word of the program that operators run."""
    taken = await composed()
    assert set(taken["services"]) == set(SERVICES)


@pytest.mark.cluster
@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.usefixtures("compose")
async def test_no_password_has_a_default(name: str) -> None:
    """Who forgets one is told its name, and nothing starts."""
    with pytest.raises(PermanentError, match=f"set {name} in .env"):
        await composed({one: value for one, value in GIVEN.items() if one != name})


@pytest.mark.cluster
@pytest.mark.usefixtures("compose")
async def test_what_the_guide_writes_is_enough(tmp_path: Path) -> None:
    """Who types what it says has said all that has to be said, and git would not take the passwords."""
    (command,) = [one for one in blocks((DOCS / "how-to" / "docker.md").read_text(), "sh") if "> .env" in one]
    environment = {"PATH": os.environ["PATH"], "GITHUB_TOKEN": "of-the-bot"}
    await output("/bin/sh", "-eu", "-c", f"cd {tmp_path}\n{command}", environment=environment)

    taken = await composed({}, tmp_path / ".env")
    assert len(taken["services"]["worker"]["environment"]["MATINEE_KEY_RING"]) == len("first:") + 64
    assert ".env" in (ROOT / ".gitignore").read_text().splitlines()
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


@pytest.mark.cluster
async def test_the_cluster_is_given_what_the_chart_says(helm: Helm) -> None:
    """Rights and policies are those of any cluster. To mend: `python -m tools.compose_objects`."""
    assert helm.home.exists()
    assert compose_objects.PAGE.read_text() == compose_objects.rendered()
    assert {one["kind"] for one in objects()} > {"ClusterRole", "ValidatingAdmissionPolicyBinding", "Secret"}


def objects() -> Iterator[dict[str, str]]:
    """What the cluster is given."""
    return yaml.safe_load_all(compose_objects.PAGE.read_text())


def needs(service: dict[str, object]) -> bool:
    """Whether it waits for another."""
    return "depends_on" in service


def parsed(command: str, arguments: list[str]) -> bool:
    """Whether these words are understood; nothing is run."""
    context = cli.make_context("matinee", [], resilient_parsing=True)
    found = cli.get_command(context, command)
    assert found is not None
    return bool(found.make_context(command, arguments, parent=context).params)
