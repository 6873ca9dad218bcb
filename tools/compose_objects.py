"""Writes deploy/compose/cluster.yaml: what the cluster of docker-compose.yml is given of Matinee's chart.

    python -m tools.compose_objects

Worker and receiver run beside that cluster, so only the worker's account, rights and policies are taken.
"""

import subprocess
from pathlib import Path
from typing import Any

import yaml

from tools.kubernetes.building import program
from tools.setup import ROOT

FOLDER = ROOT / "deploy" / "compose"
PAGE = FOLDER / "cluster.yaml"
NAMESPACE, WORKER = "matinee-system", "matinee-worker"

_TAKEN = {"PriorityClass", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"} | {
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
}
_HEAD = "# Written by `python -m tools.compose_objects` from deploy/chart with deploy/compose/values.yaml.\n"


def rendered() -> str:
    """The whole file."""
    arguments = ("--namespace", NAMESPACE, "--values", FOLDER / "values.yaml")
    text = _said("template", "matinee", ROOT / "deploy" / "chart", *arguments)
    made = [one for one in yaml.safe_load_all(text) if one]
    # The token comes last: one whose account is not there yet would be taken away again.
    objects = [_place(), *(_placed(one) for one in made if _is_taken(one)), _token()]
    return _HEAD + yaml.safe_dump_all(objects, sort_keys=False, width=120, allow_unicode=True)


def _is_taken(one: dict[str, Any]) -> bool:
    account = one["kind"] == "ServiceAccount" and one["metadata"]["name"] == WORKER
    return account or one["kind"] in _TAKEN


def _placed(one: dict[str, Any]) -> dict[str, Any]:
    """The object with the namespace that Helm would put it into; kubectl would take another."""
    if one["kind"] in {"ServiceAccount", "Role", "RoleBinding"}:
        one["metadata"].setdefault("namespace", NAMESPACE)
    return one


def _place() -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}


def _token() -> dict[str, Any]:
    """The worker's token, which a pod would be given."""
    named = {"kubernetes.io/service-account.name": WORKER}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/service-account-token",
        "metadata": {"name": WORKER, "namespace": NAMESPACE, "annotations": named},
    }


def _said(*arguments: str | Path) -> str:
    return subprocess.run([program("helm"), *arguments], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    PAGE.write_text(rendered())
