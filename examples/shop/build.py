"""Builds the page's files into dist/: each with a fingerprint in its name, and build.json with the commit.

A fingerprinted file may be kept by browsers for ever, since another content has another name.
"""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

_HERE = Path(__file__).parent


def build(source: Path, target: Path, *, commit: str, number: str) -> dict[str, str]:
    """`target` holds every file of `source`; the fingerprinted name of each is returned and in build.json."""
    shutil.rmtree(target, ignore_errors=True)
    (target / "static").mkdir(parents=True)
    names = {file.name: _copy(file, target / "static") for file in sorted(source.iterdir())}
    content = {"commit": commit, "number": number, "files": names}
    (target / "build.json").write_text(json.dumps(content, indent=2), encoding="utf-8")
    return names


def _copy(file: Path, target: Path) -> str:
    content = file.read_bytes()
    name = f"{file.stem}.{hashlib.sha256(content).hexdigest()[:10]}{file.suffix}"
    (target / name).write_bytes(content)
    return name


if __name__ == "__main__":
    built = build(
        _HERE / "static",
        _HERE / "dist",
        commit=os.environ.get("MATINEE_COMMIT", "development"),
        number=os.environ.get("MATINEE_NUMBER", ""),
    )
    sys.stdout.write(f"built {len(built)} files into dist/\n")
