"""The project's own files, as the tests about the project read them."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("domain", "workflows", "activities", "adapters", "starter", "embedded")
_MADE = {".venv", ".git", "__pycache__", "node_modules"}


def modules(*folders: str) -> Iterator[Path]:
    """Every Python file below these folders of the project, or below all that it has."""
    for folder in folders or (".",):
        yield from sorted(
            path for path in (ROOT / folder).rglob("*.py") if not _MADE.intersection(path.relative_to(ROOT).parts)
        )


def tree(path: Path) -> ast.Module:
    """The file, parsed."""
    return ast.parse(path.read_text(), filename=str(path))


def short(path: Path) -> str:
    """The path as a person would name it, from the project's root."""
    return str(path.relative_to(ROOT))
