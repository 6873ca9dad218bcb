"""Undoing: a Deployment as it is applied to go back to the pods of an older ReplicaSet, as `kubectl rollout undo` does.

All that it has now is applied with the old template, not the template alone: of what a field manager no longer applies
the API server takes away what nobody else set, the selector for one. By the same rule nothing of it stays once the next
deployment is applied by the same manager.
"""

from typing import Any

from domain.manifests.shapes import at, mapping_of

_CONTROLLERS = "deployment.kubernetes.io/"
_HASH = "pod-template-hash"
"""The label that the controller adds, by the template, to tell the pods of one ReplicaSet from another's."""


def undone(deployment: Any, replica_set: Any) -> dict[str, Any]:
    """The Deployment with the ReplicaSet's template, to be applied unless it was changed since it was read."""
    return _with(deployment, {"template": _template(at(replica_set, "spec", "template"))})


def emptied(deployment: Any) -> dict[str, Any]:
    """The Deployment without pods until the next deployment is applied, with the same condition."""
    return _with(deployment, {"replicas": 0})


def _with(deployment: Any, changed: dict[str, Any]) -> dict[str, Any]:
    found = mapping_of(at(deployment, "metadata"))
    metadata = {
        name: found[name] for name in ("name", "namespace", "uid", "resourceVersion", "labels") if name in found
    }
    annotations = mapping_of(found.get("annotations"))
    metadata["annotations"] = {name: text for name, text in annotations.items() if not name.startswith(_CONTROLLERS)}
    content = {**mapping_of(at(deployment, "spec")), **changed}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": content}


def _template(template: Any) -> dict[str, Any]:
    metadata = {name: part for name, part in mapping_of(at(template, "metadata")).items() if part is not None}
    labels = {name: text for name, text in mapping_of(metadata.get("labels")).items() if name != _HASH}
    return {**mapping_of(template), "metadata": {**metadata, "labels": labels}}
