"""Commands: programs that run to their end, for what starts the test cluster and for the tests that use it."""

import asyncio
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from domain.errors import PermanentError
from domain.phases import Reason

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where the node's programs are, and where they look for each other."""

_DEBIAN = {
    "etcd": "etcd-server",
    "containerd": "containerd",
    "runc": "runc",
    "docker-registry": "docker-registry",
    "iptables": "iptables",
    "conntrack": "conntrack",
    "busybox": "busybox-static",
    "unshare": "util-linux",
    "ip": "iproute2",
}
"""Debian's package for each program that is not built from source."""

PLUGINS = Path("/usr/lib/cni")
"""Where Debian keeps the programs that connect pods."""


def found(name: str) -> str:
    """The path of a program; PermanentError with its package if it is not installed."""
    path = shutil.which(name, path=PATH)
    if path is None:
        raise PermanentError(f"`{name}` is missing: apt-get install {_DEBIAN[name]}", reason=Reason.SETTINGS)
    return path


def missing_packages() -> list[str]:
    """Debian's packages that the test cluster needs and that are not installed."""
    packages = [package for name, package in _DEBIAN.items() if shutil.which(name, path=PATH) is None]
    return packages + ([] if (PLUGINS / "bridge").exists() else ["containernetworking-plugins"])


async def output(
    *command: str | Path, stdin: str | bytes = b"", environment: Mapping[str, str] | None = None, within: float = 60
) -> str:
    """What the command wrote to its standard output; PermanentError with what it said if it failed."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": PATH, "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8", **(environment or {})},
    )
    try:
        async with asyncio.timeout(within):
            written, said = await process.communicate(stdin.encode() if isinstance(stdin, str) else stdin)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise _failed(command, f"did not end within {within:.0f} seconds") from None
    if process.returncode != 0:
        raise _failed(command, f"ended with {process.returncode}: {said.decode(errors='replace').strip()[-2000:]}")
    return written.decode(errors="replace")


def _failed(command: tuple[str | Path, ...], how: str) -> PermanentError:
    """The error for a command that did not do its work."""
    return PermanentError(f"`{' '.join(map(str, command))[:200]}` {how}", reason=Reason.PLATFORM_UNAVAILABLE)
