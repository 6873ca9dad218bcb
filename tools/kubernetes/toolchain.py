"""The Go tool chain that builds the programs of the test cluster: this machine's, or a newer one that it fetches.

Debian's is older than the first that can fetch its successors by itself. The tool chain is a Go module like any
other, though, so an old one can fetch it as that; its checksum comes from Go's own database.
"""

import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tools.setup import SetUpError, cache

VERSION = "1.26.8"
"""What is fetched where the machine's own is too old."""

_FETCHES_BY_ITSELF = (1, 21)
_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}


def go() -> Path:
    """A Go that can build the programs; SetUpError with the cure if there is none at all."""
    found = shutil.which("go")
    if found is None:
        raise SetUpError("Go is needed to build Kubernetes: apt-get install golang-go ca-certificates")
    said = re.match(r"go(\d+)\.(\d+)", said_by(Path(found), "env", "GOVERSION"))
    if said and (int(said[1]), int(said[2])) >= _FETCHES_BY_ITSELF:
        return Path(found)
    return _fetched(Path(found))


def said_by(program: Path, *arguments: str | Path, folder: Path | None = None) -> str:
    """What Go printed; SetUpError with its last lines if it failed."""
    ended = subprocess.run(
        [str(program), *map(str, arguments)],
        cwd=folder,
        # Nothing links to the C library, so that the programs run wherever the cache is taken.
        env=os.environ | {"CGO_ENABLED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        last = "\n  ".join(ended.stderr.strip().splitlines()[-12:])
        raise SetUpError(f"go {arguments[0]} failed in {folder}. If the network is the reason, say it again.\n  {last}")
    return ended.stdout


def _fetched(old: Path) -> Path:
    """The pinned tool chain in the cache."""
    place = cache() / "kubernetes" / f"go{VERSION}"
    if not place.exists():
        module = f"golang.org/toolchain@v0.0.1-go{VERSION}.linux-{_ARCHITECTURE[platform.machine()]}"
        with tempfile.TemporaryDirectory() as empty:
            source = json.loads(said_by(old, "mod", "download", "-json", module, folder=Path(empty)))["Dir"]
        draft = place.with_suffix(".new")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(source, draft, copy_function=shutil.copyfile)
        # A module's files come without the mode that says which are programs.
        for program in (*(draft / "bin").iterdir(), *(draft / "pkg" / "tool").rglob("*")):
            program.chmod(0o755)
        for folder in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        draft.rename(place)
    return place / "bin" / "go"
