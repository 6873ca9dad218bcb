"""Bases: the images that tests build on: one of busybox alone, and one with this machine's Python."""

import platform
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path

from tests.cluster.commands import found
from tests.cluster.images import Image
from tests.cluster.layers import Content, Layer, Link, layer

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
PACKAGES = "/packages"
_APPLETS = ("sh", "cat", "ls", "sleep", "nslookup", "httpd", "id", "env", "date", "touch", "true")
_LEFT_OUT = {"test", "tests", "idlelib", "ensurepip", "lib2to3", "tkinter", "turtledemo", "__pycache__", "pydoc_data"}
_USERS = b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"


def busybox() -> Image:
    """A shell and small tools, which sleeps: it holds the network of pods too."""
    files: dict[str, Content] = {f"/bin/{name}": Link("busybox") for name in _APPLETS}
    files |= {"/bin/busybox": Path(found("busybox")), "/etc/passwd": _USERS}
    return Image(
        layers=(layer(files, folders=["/tmp"]),),  # noqa: S108 - inside the image
        # The shell replaces itself, so that the signal that ends a pod reaches what sleeps.
        command=("/bin/sh", "-c", "trap 'exit 0' TERM INT; while true; do sleep 3600 & wait; done"),
        architecture=ARCHITECTURE,
    )


def python(*applications: Layer, command: tuple[str, ...], folder: str = "/application") -> Image:
    """An image in which `python` is this machine's, below layers of an application."""
    return Image(
        layers=(python_layer(), *applications),
        command=command,
        # Where a Python with a shared library was installed by hand, no list of the linker names its place.
        environment={"LD_LIBRARY_PATH": "/usr/local/lib", "PYTHONUNBUFFERED": "1", "PYTHONPATH": PACKAGES},
        folder=folder,
        architecture=ARCHITECTURE,
    )


def python_layer() -> Layer:
    """The interpreter, its library without tests, and the shared libraries that they load."""
    program = Path(sys.executable).resolve()
    library = Path(sysconfig.get_path("stdlib"))
    modules = [
        file
        for file in library.rglob("*")
        if file.is_file() and not _LEFT_OUT.intersection(file.relative_to(library).parts[:-1]) and _belongs(file)
    ]
    native = [program, *(file for file in modules if file.suffix == ".so")]
    files: dict[str, Content] = {str(file): file for file in (program, *modules)}
    files |= {path: Path(path) for path in _linked(native)}
    files |= {"/usr/bin/python": Link(str(program)), "/etc/passwd": _USERS}
    return layer(files, folders=["/tmp"])  # noqa: S108 - inside the image


def packages_layer(*distributions: str) -> Layer:
    """What these installed packages consist of, where the images of `python` look for them, with what they link."""
    files: dict[str, Content] = {}
    for name in distributions:
        for file in metadata.files(name) or []:
            place = Path(str(file.locate()))
            if ".." not in file.parts and "__pycache__" not in file.parts and place.is_file():
                files[f"{PACKAGES}/{file}"] = place
    native = [place for place in files.values() if isinstance(place, Path) and place.suffix == ".so"]
    return layer(files | {path: Path(path) for path in _linked(native)})


def _belongs(file: Path) -> bool:
    """Whether the file is the interpreter's own, and no package that was installed into it."""
    return not {"site-packages", "dist-packages"}.intersection(file.parts) and not file.name.endswith(".a")


def _linked(files: list[Path]) -> set[str]:
    """The shared libraries that these need, by the path at which the linker finds them."""
    if not files:
        return set()
    said = subprocess.run([found("ldd"), *map(str, files)], capture_output=True, text=True, check=False).stdout
    words = (line.split() for line in said.splitlines() if ".so" in line and not line.endswith(":"))
    return {word for line in words for word in line if word.startswith("/") and Path(word).exists()}
