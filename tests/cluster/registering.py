"""The registry: Debian's, in which the test cluster's images are."""

import json
from pathlib import Path

from tests.cluster.commands import found
from tests.cluster.control_plane import Part, answers, part
from tests.cluster.plans import Plan


def registry(folder: Path, plan: Plan) -> Part:
    """A registry that lets everybody push, pull and delete, at the same address inside and outside."""
    options = folder / "registry.yaml"
    options.write_text(
        json.dumps(
            {
                "version": 0.1,
                "log": {"level": "warn"},
                "storage": {"filesystem": {"rootdirectory": str(folder / "registry")}, "delete": {"enabled": True}},
                "http": {"addr": f"127.0.0.1:{plan.registry}"},
            }
        )
    )
    command = (found("docker-registry"), "serve", options)
    ready = f"http://127.0.0.1:{plan.registry}/v2/"
    return part(folder, "registry", *command, ports=(plan.registry,)), lambda: answers(ready)
