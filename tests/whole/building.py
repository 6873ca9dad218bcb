"""Building: what a team's CI does, which makes an image of a commit and pushes it with the commit as its tag."""

import asyncio
import os
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

from tests.cluster import bases, images
from tests.cluster.images import Image
from tests.cluster.layers import Content, Link, layer
from tests.endtoend.processes import ran
from tests.fakes.github_state import Repository

_FOLDER = "/application"
_PACKAGES = (
    *("starlette", "uvicorn", "jinja2", "markupsafe", "asyncpg", "openfeature-sdk"),
    *("anyio", "h11", "click", "idna", "typing_extensions"),
)
_LEFT_OUT = {".git", "tests", "__pycache__", "deploy"}


async def pushed(folder: Path, commit: str, registry: str, repository: str = "acme/shop") -> str:
    """The registry has the image of what is checked out in this folder of the shop; its reference by digest."""
    environment = {"MATINEE_COMMIT": commit, "PATH": os.environ["PATH"]}
    done = await ran(sys.executable, "build.py", folder=folder, environment=environment)
    assert done.code == 0, done.text
    made = await asyncio.to_thread(_image, folder)
    return await images.push(made, registry, repository, commit)


async def built(repository: Repository, commit: str, folder: Path, registry: str) -> str:
    """The registry has the image of this commit of a repository, checked out in this new folder; its digest."""
    for name, content in repository.commits[commit].files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return (await pushed(folder, commit, registry)).partition("@")[2]


def _image(folder: Path) -> Image:
    """The tree on top of what all commits share."""
    files: dict[str, Content] = {
        f"{_FOLDER}/{path.relative_to(folder)}": path
        for path in folder.rglob("*")
        if path.is_file() and not _LEFT_OUT.intersection(path.relative_to(folder).parts)
    }
    base = _base()
    return replace(base, layers=(*base.layers, layer(files)))


@cache
def _base() -> Image:
    """Python with the shop's packages, packed once in a run."""
    packages = bases.packages_layer(*_PACKAGES)
    python = layer({"/usr/bin/python3": Link("python")})
    return bases.python(packages, python, command=("python3", "-m", "shop.web"), folder=_FOLDER)
