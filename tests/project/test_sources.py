"""What every source file keeps to, where no linter has the rule."""

import ast
import re
import sys

import pytest

from tests.project.sources import LAYERS, ROOT, modules, short, tree

LONGEST = 250

FORBIDDEN = frozenset(
    [
        "cleanup",
        "config",
        "configs",
        "gc",
        "helper",
        "helpers",
        "info",
        "manager",
        "mr",
        "mutex",
        "pr",
        "provision",
        "reaper",
        "rerun",
        "retryable",
        "sandbox",
        "scm",
        "slug",
        "spec",
        "synchronize",
        "tenant",
        "ttl",
        "util",
        "utils",
        "vcs",
    ]
)
"""Words for which the glossary has another one, and which mean nothing else in the names of this code."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def test_no_file_is_long() -> None:
    """A reader finds one idea in a file, and its end within a few screens."""
    lengths = {short(path): len(path.read_text().splitlines()) for path in modules(*LAYERS, "tools", "benchmarks")}

    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_says_what_it_is_for(layer: str) -> None:
    """A newcomer opens the first file of a layer and reads why it exists."""
    assert ast.get_docstring(tree(ROOT / layer / "__init__.py"))


def test_the_domain_stands_on_the_standard_library() -> None:
    """Decisions can be read and tested with nothing installed."""
    allowed = sys.stdlib_module_names | {"domain"}

    strangers = {
        (short(path), name) for path in modules("domain") for name in _imported(tree(path)) if name not in allowed
    }

    assert strangers == set()


def test_tests_do_not_mock_patch_or_sleep() -> None:
    """A green test means that the real thing, or a complete fake of it, did what the test says."""
    found = {(short(path), word) for path in modules("tests") for word in _shortcuts(tree(path))}

    assert found == set()


def test_names_use_the_words_of_the_glossary() -> None:
    """One word per thing: who has read the glossary understands the names of files, classes and functions."""
    found = {
        (short(path), name)
        for path in modules(*LAYERS, "tests", "tools", "benchmarks")
        for name in (path.stem, *_defined(tree(path)))
        if FORBIDDEN.intersection(word.lower() for word in _WORD.findall(name))
    }

    assert found == set()


def _imported(module: ast.Module) -> set[str]:
    """The packages at the top of everything that this module imports."""
    return {name.partition(".")[0] for name in _imports(module)}


def _imports(module: ast.Module) -> set[str]:
    """Everything that this module imports, by its full name."""
    nodes = list(ast.walk(module))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {f"{n.module}.{alias.name}" for n in nodes if isinstance(n, ast.ImportFrom) for alias in n.names}


def _shortcuts(module: ast.Module) -> set[str]:
    """What this module uses of mocks, patches and sleeping."""
    nodes = list(ast.walk(module))
    attributes = {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)}
    arguments = {node.arg for node in nodes if isinstance(node, ast.arg)}
    return {
        name
        for name in _imports(module) | attributes | arguments
        if name.startswith("unittest.mock") or name in {"time.sleep", "monkeypatch", "mocker", "pytest.MonkeyPatch"}
    }


def _defined(module: ast.Module) -> set[str]:
    """The names of the classes and functions of this module."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(module) if isinstance(node, kinds)}
