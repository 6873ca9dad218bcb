"""The registries: Debian's, in which the test cluster's images are; open, and with a password."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.cluster.commands import found
from tests.cluster.control_plane import Part, answers, part
from tests.cluster.plans import Plan

USER = "matinee"
PASSWORD = "rehearsal"
_PASSWORDS = f"{USER}:$2b$04$RBKEp8sK/CikLeaDCYxi5uqMRz285blI1mrgYEq3BzzuEOei1mVmS\n"
"""Who may use the private registry, as htpasswd writes it."""


def registry(folder: Path, plan: Plan) -> Part:
    """A registry that lets everybody push, pull and delete, at the same address inside and outside."""
    return _registry(folder, "registry", plan.registry, {})


def private_registry(folder: Path, plan: Plan) -> Part:
    """A registry with the same images, which asks for a user and a password."""
    passwords = folder / "htpasswd"
    passwords.write_text(_PASSWORDS)
    access = {"auth": {"htpasswd": {"realm": "matinee", "path": str(passwords)}}}
    return _registry(folder, "private-registry", plan.private, access)


def _registry(folder: Path, name: str, port: int, access: Mapping[str, Any]) -> Part:
    """A registry at this port, with the images that all of them have."""
    storage = {"filesystem": {"rootdirectory": str(folder / "registry")}, "delete": {"enabled": True}}
    options = {"version": 0.1, "log": {"level": "warn"}, "storage": storage, "http": {"addr": f"127.0.0.1:{port}"}}
    file = folder / f"{name}.yaml"
    file.write_text(json.dumps({**options, **access}))
    # Its root answers without a password.
    ready = f"http://127.0.0.1:{port}/"
    return part(folder, name, found("docker-registry"), "serve", file, ports=(port,)), lambda: answers(ready)
