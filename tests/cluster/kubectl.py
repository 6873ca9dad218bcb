"""Kubectl: the command, as one user of one cluster."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cluster.commands import output


@dataclass(frozen=True)
class Kubectl:
    """Runs kubectl; PermanentError says what it said when it failed."""

    program: Path
    kubeconfig: Path

    async def __call__(self, *arguments: str, stdin: str = "", within: float = 60) -> str:
        """What it printed."""
        return await output(self.program, "--kubeconfig", self.kubeconfig, *arguments, stdin=stdin, within=within)

    async def apply(self, *objects: Mapping[str, Any]) -> None:
        """The cluster has these objects, or has them changed to this."""
        # JSON is valid YAML, and a List is how several travel in one document.
        document = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
        await self("apply", "--server-side", "--force-conflicts", "--filename=-", stdin=document)

    async def get(self, *arguments: str) -> dict[str, Any]:
        """The object, or the list of objects."""
        return json.loads(await self("get", "--output=json", *arguments))
