"""The guide to Kubernetes says of each of its blocks who runs it, and why nobody does."""

import re

from adapters.definitions.reading import YamlDefinitions
from tests.docs.pages import DOCS, blocks
from tests.project.sources import ROOT

PAGE = (DOCS / "how-to" / "kubernetes.md").read_text()

_BLOCK = re.compile(
    r"(?:<!-- (?P<said>[^>]*) -->\n\n)?^```(?P<language>sh|yaml)\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE
)


def test_every_block_is_run_or_says_why_it_cannot_be() -> None:
    """No reader types what nobody has tried without being told."""
    silent = [
        match["code"]
        for match in _BLOCK.finditer(PAGE)
        if not re.match(r"(tested: tests/\S+\.py|not tested: \w)", match["said"] or "")
    ]
    assert silent == []
    assert len(list(_BLOCK.finditer(PAGE))) == len(blocks(PAGE, "sh", "yaml"))


def test_what_tests_a_block_is_there_and_reads_the_guide() -> None:
    """A test that was moved takes its promise along."""
    named = set(re.findall(r"tested: (tests/\S+\.py)", PAGE))
    assert [name for name in sorted(named) if "kubernetes.md" not in (ROOT / name).read_text()] == []
    assert "tools.image" in (ROOT / "tests" / "fixtures.py").read_text()


def test_a_service_names_its_secrets_as_the_guide_says() -> None:
    """What is written there is a definition, once it is said which version of it."""
    (code,) = [one for one in blocks(PAGE, "yaml") if one.startswith("services:")]
    definition = YamlDefinitions().read(f"version: 1\n{code}".encode())
    assert [one.secrets for one in definition.services] == [("stripe",)]
