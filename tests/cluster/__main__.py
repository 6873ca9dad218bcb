"""The test cluster by hand: `python -m tests.cluster up`, `down`, `kubectl …`, `enter …`."""

import asyncio
import os
import sys
from pathlib import Path

from domain.errors import MatineeError
from tests.cluster import described, staying
from tests.cluster.available import VARIABLE
from tests.cluster.commands import found
from tests.cluster.control_plane import kubeconfig
from tests.cluster.described import Cluster

_USAGE = "python -m tests.cluster up | down | kubectl ARGUMENT… | enter [COMMAND…]"


def main(words: list[str]) -> int:
    """0 when what was asked is done."""
    try:
        match words:
            case ["up"]:
                _say(asyncio.run(staying.up(staying.place())))
            case ["down"]:
                staying.down(staying.place())
            case ["keep", folder]:
                asyncio.run(staying.keep(Path(folder)))
            case ["kubectl", *arguments]:
                kubectl = _current().kubectl
                _become(str(kubectl.program), "--kubeconfig", str(kubectl.kubeconfig), *arguments)
            case ["enter", *command]:
                _become(*_current().inside(*(command or [found("sh")])))
            case _:
                sys.stderr.write(f"{_USAGE}\n")
                return 2
    except MatineeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _current() -> Cluster:
    """The cluster that `up` has started."""
    return described.read(kubeconfig(staying.place(), "admin"))


def _become(*command: str) -> None:
    """The command runs in place of this one."""
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def _say(cluster: Cluster) -> None:
    """A person knows how to use it."""
    sys.stdout.write(
        f"cluster: {cluster.kubeconfig}\n"
        f"  for kubectl:    export KUBECONFIG={cluster.kubeconfig}\n"
        f"  for the tests:  export {VARIABLE}={cluster.kubeconfig}\n"
        f"  without either: .venv/bin/python -m tests.cluster kubectl get nodes\n"
        f"  images go to:   {cluster.registry}\n"
        f"  previews are at: http://NAME.{cluster.domain}:{cluster.http} and https://NAME.{cluster.domain}:{cluster.https}\n"
        f"  make cluster-down ends it\n"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
