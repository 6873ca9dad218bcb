"""Builds the image of deploy/Dockerfile without Docker, its bases from Debian's own packages.

    python -m tools.image.building oci-archive:matinee.tar
    python -m tools.image.building docker://registry.example.com/matinee:1

It needs root, Debian's buildah and mmdebstrap, and an index of Python packages. The bases stay in the cache, because
they take minutes; `rm -r` of the folder that it names makes them anew, from what Debian has then. Helm and kubectl come
into the image where `make programs` has built them.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.kubernetes.building import program
from tools.setup import ROOT, SetUpError, cache

BUILD = ("python3", "python3-pip", "ca-certificates")
"""Debian's packages in which the image is put together."""

BASE = ("python3", "ca-certificates", "git")
"""Debian's packages that the image consists of, besides those that Debian calls essential."""

PROGRAMS = ("helm", "kubectl")
"""What renders charts and overlays."""

FOLDERS = ("activities", "adapters", "domain", "embedded", "sections", "starter", "workflows")
"""The packages of ours that the image needs."""

_SUITE = "bookworm"
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
_TOOLS = {"buildah": "buildah", "mmdebstrap": "mmdebstrap"}


@dataclass(frozen=True)
class Builder:
    """Buildah, which keeps its images in a folder of its own and starts no daemon."""

    folder: Path

    def __call__(self, *arguments: str | Path) -> None:
        """The command is done; SetUpError if it failed."""
        places = ("--root", self.folder / "images", "--runroot", self.folder / "run", "--storage-driver", "vfs")
        # Chroot is the way to run a command that needs neither namespaces nor control groups of the machine.
        _run("buildah", *places, *arguments, environment={"BUILDAH_ISOLATION": "chroot"})

    def base(self, name: str, archive: Path) -> None:
        """An image of this name consists of this root file system."""
        recipe = self.folder / f"{name}.recipe"
        recipe.write_text(f"FROM scratch\nADD {archive.name} /\n")
        self("bud", "--quiet", "--file", recipe, "--tag", f"localhost/{name}", archive.parent)


def main(words: list[str]) -> int:
    """0 when the image is where it was wanted, 1 after a message that says why not, 2 if that was not said."""
    if len(words) not in (1, 2) or ":" not in words[0] or words[1:] not in ([], ["--plain-http"]):
        print((__doc__ or "").strip(), file=sys.stderr)
        return 2
    try:
        print(build(words[0], insecure=bool(words[1:])))
    except SetUpError as error:
        print(f"image: {error}", file=sys.stderr)
        return 1
    return 0


def build(target: str, *, insecure: bool = False) -> str:
    """The digest of the image, which is at the target; that is written the way buildah push takes it."""
    if missing := obstacles():
        raise SetUpError(f"missing: apt-get install {' '.join(missing)}")
    with tempfile.TemporaryDirectory(prefix="matinee-image-") as name:
        folder = Path(name)
        builder = Builder(folder)
        builder.base("build", filesystem("build", BUILD))
        builder.base("base", filesystem("base", BASE))
        arguments = ("--build-arg", "BUILD=localhost/build", "--build-arg", "BASE=localhost/base")
        offline = ("--build-arg", "PIP_OPTIONS=--no-index", "--pull-never", "--timestamp", "0")
        place = context(folder / "context")
        builder(
            "bud", "--quiet", "--file", place / "deploy" / "Dockerfile", *arguments, *offline, "--tag", "matinee", place
        )
        verify = ("--tls-verify=false",) if insecure else ()
        builder("push", "--quiet", *verify, "--digestfile", folder / "digest", "localhost/matinee", target)
        return (folder / "digest").read_text().strip()


def obstacles() -> list[str]:
    """Debian's packages that are not installed here."""
    return [package for tool, package in _TOOLS.items() if shutil.which(tool) is None]


def filesystem(name: str, packages: tuple[str, ...]) -> Path:
    """The archive of a root file system with these packages, made once."""
    archive = cache() / "image" / f"{name}-{_SUITE}" / "base.tar"
    if not archive.exists():
        archive.parent.mkdir(parents=True, exist_ok=True)
        unfinished = archive.with_name("unfinished.tar")
        left_out = [f"--dpkgopt=path-exclude={path}" for path in _LEFT_OUT]
        included = f"--include={','.join(packages)}"
        _run("mmdebstrap", "--quiet", "--variant=essential", included, *left_out, _SUITE, unfinished)
        unfinished.rename(archive)
    return archive


def context(folder: Path) -> Path:
    """The folder, with everything that deploy/Dockerfile takes from its context."""
    for name in FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    modules = [file.name for file in ROOT.glob("*.py") if file.name != "conftest.py"]
    for name in (*modules, "deploy/Dockerfile", "deploy/requirements.lock"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    wheels(folder / "deploy" / "wheels")
    (folder / "deploy" / "programs").mkdir()
    for name in PROGRAMS:
        if program(name).exists():
            shutil.copy(program(name), folder / "deploy" / "programs" / name)
    return folder


def wheels(folder: Path) -> None:
    """The folder holds every package of deploy/requirements.lock, each as its hash says."""
    folder.mkdir(parents=True)
    python = ROOT / ".venv" / "bin" / "python"
    wanted = ("--python-version", "3.11", "--only-binary=:all:", "--no-deps", "--require-hashes")
    lock = ROOT / "deploy" / "requirements.lock"
    _run(python, "-m", "pip", "download", "--quiet", *wanted, "--dest", folder, "--requirement", lock)


def _run(*command: str | Path, environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        [str(word) for word in command],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    if done.returncode != 0:
        raise SetUpError(f"`{command[0]}` ended with {done.returncode}: {done.stderr.strip()[-2000:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
