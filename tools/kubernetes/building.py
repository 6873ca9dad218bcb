"""Builds the programs of the test cluster from the Go modules that are pinned below this folder.

    python -m tools.kubernetes.building [MODULE…]

Each module's programs lie in the cache under a digest of what they were made from, so that they are made once, and
a change of a go.mod makes new ones beside the old.
"""

import fcntl
import hashlib
import json
import re
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.kubernetes.toolchain import go, said_by
from tools.setup import SetUpError, cache

HERE = Path(__file__).resolve().parent
_STAMP = re.compile(r"^require k8s\.io/kubernetes v(1\.(\d+)\.\d+)$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Module:
    """One go.mod, what is built from it, and which folders of modules are copied beside that."""

    folder: Path
    programs: Mapping[str, str] = field(default_factory=dict[str, str])
    copies: Mapping[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])

    @property
    def place(self) -> Path:
        """The folder in the cache that is for exactly these sources."""
        digest = hashlib.sha256()
        for name in ("go.mod", "go.sum", "main.go"):
            file = self.folder / name
            if file.exists():
                digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
        return cache() / "kubernetes" / digest.hexdigest()[:16]

    def program(self, name: str) -> Path:
        """Where the program is, or will be."""
        return self.place / "bin" / name

    @property
    def missing(self) -> list[str]:
        """The programs and copies that are not there yet."""
        programs = [name for name in self.programs if not self.program(name).exists()]
        return programs + [name for name in self.copies if not (self.place / name).exists()]


_COMMANDS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl", "kube-proxy")

MODULES: Mapping[str, Module] = {
    # In this order each finds most of its packages compiled by the one before.
    "kubernetes": Module(folder=HERE, programs={name: f"k8s.io/kubernetes/cmd/{name}" for name in _COMMANDS}),
    "gateway": Module(folder=HERE / "gateway", copies={"crds": ("sigs.k8s.io/gateway-api", "config/crd/standard")}),
    "certmanager": Module(
        folder=HERE / "certmanager",
        programs={"certmanager": "."},
        copies={"crds": ("github.com/cert-manager/cert-manager", "deploy/crds")},
    ),
    "coredns": Module(folder=HERE / "coredns", programs={"coredns": "github.com/coredns/coredns"}),
    "helm": Module(folder=HERE / "helm", programs={"helm": "helm.sh/helm/v4/cmd/helm"}),
    "compose": Module(folder=HERE / "compose", programs={"docker-compose": "github.com/docker/compose/v5/cmd"}),
}
"""Everything that `make cluster` needs, and what reads the files that we give to Helm and to Docker Compose."""

OTHERS: Mapping[str, Module] = {
    "kwok": Module(
        folder=HERE / "kwok",
        programs={"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
        copies={"stages": ("sigs.k8s.io/kwok", "kustomize/stage")},
    ),
    "externalsecrets": Module(
        folder=HERE / "externalsecrets",
        programs={"external-secrets": "github.com/external-secrets/external-secrets"},
        copies={"crds": ("github.com/external-secrets/external-secrets", "config/crds/bases")},
    ),
}
"""What few tests need, and what takes long to build: tests that need it may be left out, in CI too."""


def program(name: str) -> Path:
    """Where the program of this name is, or will be; KeyError if no module has it."""
    return {each: module.program(each) for module in _all().values() for each in module.programs}[name]


def missing(*modules: str) -> list[str]:
    """What is still to be built of these modules, by name."""
    return [name for module in modules for name in _all()[module].missing]


def _all() -> dict[str, Module]:
    """Every module that can be built."""
    return {**MODULES, **OTHERS}


def build(module: Module) -> None:
    """Everything of this module is in its place; what was there is kept."""
    module.place.mkdir(parents=True, exist_ok=True)
    with (module.place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in module.missing:
            if name in module.programs:
                _compile(module, name)
            else:
                _copy(module, name)


def _compile(module: Module, name: str) -> None:
    """The program is in its place, and a line says how long that took."""
    began = time.monotonic()
    target = module.program(name)
    draft = target.with_suffix(".new")
    options = ("-trimpath", "-buildvcs=false", "-ldflags", _flags(module), "-o", draft)
    said_by(go(), "build", *options, module.programs[name], folder=module.folder)
    draft.replace(target)
    print(f"built {name} in {time.monotonic() - began:.0f} s", flush=True)


def _flags(module: Module) -> str:
    """What the linker is told: no symbols for debugging, and the version that Kubernetes says it is."""
    stamp = _STAMP.search((module.folder / "go.mod").read_text())
    if stamp is None:
        return "-s -w"
    values = {"gitVersion": f"v{stamp[1]}", "gitMajor": "1", "gitMinor": stamp[2]}
    return " ".join(["-s -w", *(f"-X k8s.io/component-base/version.{key}={value}" for key, value in values.items())])


def _copy(module: Module, name: str) -> None:
    """The folder of files is in its place, from the module whose digest go.sum names."""
    source, inside = module.copies[name]
    folder = Path(json.loads(said_by(go(), "mod", "download", "-json", source, folder=module.folder))["Dir"])
    draft = module.place / f"{name}.new"
    shutil.rmtree(draft, ignore_errors=True)
    # Modules in Go's cache are read-only, and a copy of their modes could not be removed.
    shutil.copytree(folder / inside, draft, copy_function=shutil.copyfile)
    draft.chmod(0o755)
    draft.rename(module.place / name)


def main(names: list[str]) -> int:
    """0 when the named modules, or all but the others, are built; 1 after a message that says what failed."""
    try:
        for name in names or MODULES:
            build(_all()[name])
    except SetUpError as error:
        print(f"building: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
