"""What the documentation names is there: links, commands, targets, variables."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from starter.commands import cli
from tests.docs.pages import DOCS, pages, prose, typed
from tests.project.sources import LAYERS, ROOT, short
from tools import settings_reference

GIVEN = {
    "MATINEE_CACHE": "tools/setup.py",
    "MATINEE_TEST_KUBECONFIG": "tests/cluster/available.py",
    "MATINEE_URL_": "domain/definitions.py",
    "MATINEE_FLAG_": "domain/manifests/flags.py",
    "MATINEE_FLAGS_FILE": "domain/manifests/flags.py",
    "MATINEE_COMMIT": "adapters/images/git.py",
    "MATINEE_ADMIN_URL": "settings.py",
    "MATINEE_NUMBER": "adapters/images/git.py",
    "MATINEE_PROCESS": "adapters/processes/confinements.py",
}
"""Variables that are no settings, and the file that reads or sets each; one that ends in `_` goes on by a name."""

_PATH = re.compile(rf"(?:{'|'.join((*LAYERS, 'tests', 'tools', 'docs', 'examples', 'deploy', 'benchmarks'))})/[\w./-]*")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_VARIABLE = re.compile(r"MATINEE_[A-Z0-9_<>]*[A-Z0-9_>]")

every_page = pytest.mark.parametrize("page", list(pages()), ids=short)


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    """No reader meets a page or a heading that is not there."""
    links = [link for link in _LINK.findall(prose(page.read_text())) if not link.startswith(("http", "mailto:"))]

    assert [link for link in links if not _leads_somewhere(page, link)] == []


@every_page
def test_commands_exist(page: Path) -> None:
    """Every `matinee …` that a page says can be typed: the subcommand is there, and so are its options."""
    said = [line for line in typed(page.read_text()) if re.match(r"matinee( |$)", line)]

    assert [line for line in said if _unknown(line)] == []


@every_page
def test_targets_exist(page: Path) -> None:
    """Every `make …` that a page says is a target of the Makefile."""
    named = re.findall(r"^make ([a-z0-9-]+)", "\n".join(typed(page.read_text())), re.MULTILINE)

    assert set(named) - _targets() == set()


@every_page
def test_paths_exist(page: Path) -> None:
    """Every file and folder of the project that a page names is there."""
    named = {word for word in typed(page.read_text()) if _PATH.fullmatch(word)}

    assert {path for path in named if not (ROOT / path).exists()} == set()


@every_page
def test_variables_exist(page: Path) -> None:
    """Every variable that a page names is a setting, or one that Matinee reads or gives elsewhere."""
    named = set(_VARIABLE.findall(page.read_text()))

    assert {name for name in named if not (_is_setting(name) or _is_given(name))} == set()


def test_given_variables_are_given() -> None:
    """The variables that are no settings stand in the file that the list above names."""
    assert {name for name, file in GIVEN.items() if name not in (ROOT / file).read_text()} == set()


def test_every_page_is_found_from_the_index() -> None:
    """Whoever begins at the index can reach every page by links."""
    reached: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop().resolve()
        if page in reached or page.suffix != ".md" or not page.is_file():
            continue
        reached.add(page)
        links = (link.partition("#")[0] for link in _LINK.findall(page.read_text()))
        waiting += [page.parent / link for link in links if link and "://" not in link]

    assert {short(page) for page in DOCS.rglob("*.md")} - {
        short(page) for page in reached if ROOT in page.parents
    } == set()


def _leads_somewhere(page: Path, link: str) -> bool:
    path, _, anchor = unquote(link).partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or target.suffix != ".md" or anchor in _anchors(target)


def _anchors(page: Path) -> set[str]:
    """The names of the headings, as forges make them."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(page.read_text())
    }


def _unknown(line: str) -> bool:
    """Whether `matinee` has no such subcommand, or the subcommand no such option."""
    words = re.split(r"[\s|&;]+", line)[1:]
    if not words or words[0].startswith(("-", "…")) or words[0].isupper():
        return False
    name = words[0]
    if name not in cli.list_commands(click.Context(cli)):
        return True
    # What stands behind `--` is another program's.
    own = words[1 : words.index("--")] if "--" in words else words[1:]
    options = {word.partition("=")[0] for word in own if word.startswith("--")}
    known = _options(name, own[0] if own else "")
    return not known or not options <= known


@cache
def _options(name: str, below: str) -> frozenset[str]:
    """The options of this command; of one with subcommands, those of the one below it, none if there is no such."""
    command = cli.get_command(click.Context(cli), name)
    if isinstance(command, click.Group) and below:
        command = command.get_command(click.Context(command), below)
        if command is None:
            return frozenset()
    known = [option for parameter in command.params for option in parameter.opts] if command else []
    return frozenset([*known, "--help"])


@cache
def _targets() -> frozenset[str]:
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    return frozenset(phony[1].split()) if phony else frozenset()


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    written = (re.escape(name).replace("<NAME>", "[A-Z0-9_<>]+?") for name in settings_reference.variables())
    return tuple(re.compile(pattern) for pattern in written)


def _is_setting(name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in _patterns())


def _is_given(name: str) -> bool:
    return any(name == given or (given.endswith("_") and name.startswith(given)) for given in GIVEN)
