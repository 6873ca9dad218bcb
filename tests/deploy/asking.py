"""Asking: the API server is asked as another account, in a dry run or in earnest, and what it says is kept."""

import json
from dataclasses import dataclass
from typing import Any

from domain.errors import PermanentError
from tests.cluster.kubectl import Kubectl

_CLUSTER_WIDE = {
    "APIService",
    "CertificateSigningRequest",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "MutatingWebhookConfiguration",
    "Namespace",
    "PersistentVolume",
    "StorageClass",
    "ValidatingAdmissionPolicyBinding",
}


@dataclass(frozen=True)
class Account:
    """An account of a cluster, whom an administrator stands in for."""

    kubectl: Kubectl
    user: str

    async def posted(self, content: dict[str, Any], namespace: str) -> str:
        """What the API server has against making this object; empty if nothing."""
        try:
            await self.made(content, namespace)
        except PermanentError as error:
            return str(error).partition(": ")[2]
        return ""

    async def made(self, content: dict[str, Any], namespace: str) -> dict[str, Any]:
        """The object as it would be made; PermanentError with what the API server has against it.

        The request is made as it stands, without anything that kubectl would see before, and fields that the API
        server does not know are errors. It is a dry run, which goes through everything but the last step.
        """
        path = f"{_path(content, namespace)}?dryRun=All&fieldValidation=Strict&fieldManager=matinee"
        arguments = ("--as", self.user, "create", "--raw", path, "--filename=-")
        return json.loads(await self.kubectl(*arguments, stdin=json.dumps(content)))

    async def applied(self, content: dict[str, Any], *, dry: bool = True) -> str:
        """What the API server has against applying this object the way Matinee does; empty if nothing."""
        arguments = ("--server-side", "--force-conflicts", "--field-manager=matinee", "--validate=strict")
        dry_run = ("--dry-run=server",) if dry else ()
        return await self("apply", *arguments, *dry_run, "--filename=-", stdin=json.dumps(content))

    async def may(self, verb: str, resource: str, namespace: str, *, name: str = "", below: str = "") -> bool:
        """Whether the account may do this, as it is told when it asks the API server itself."""
        asked = {"verb": verb, "resource": resource, "namespace": namespace, "name": name, "subresource": below}
        kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        review = kind | {"spec": {"resourceAttributes": {key: value for key, value in asked.items() if value}}}
        path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
        said = await self.kubectl("--as", self.user, "create", "--raw", path, "--filename=-", stdin=json.dumps(review))
        return bool(json.loads(said)["status"]["allowed"])

    async def rights(self, namespace: str) -> set[tuple[str, str, str]]:
        """Every verb that the account has on every resource of every group there, as the API server adds it up."""
        kind = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview"}
        review = json.dumps(kind | {"spec": {"namespace": namespace}})
        path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
        said = json.loads(await self.kubectl("--as", self.user, "create", "--raw", path, "--filename=-", stdin=review))
        return {
            (group, resource, verb)
            for rule in said["status"]["resourceRules"]
            for group in rule.get("apiGroups", [])
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }

    async def __call__(self, *arguments: str, stdin: str = "") -> str:
        """What kubectl said against this command; empty if it was done."""
        try:
            await self.kubectl("--as", self.user, *arguments, stdin=stdin)
        except PermanentError as error:
            return str(error).partition(": ")[2]
        return ""


def _path(content: dict[str, Any], namespace: str) -> str:
    """Where objects of this kind are made."""
    version = content["apiVersion"]
    group = f"/apis/{version}" if "/" in version else f"/api/{version}"
    place = content["metadata"].get("namespace", namespace) if "metadata" in content else namespace
    below = "" if content["kind"] in _CLUSTER_WIDE else f"/namespaces/{place}"
    return f"{group}{below}/{_plural(content['kind'].lower())}"


def _plural(kind: str) -> str:
    if kind.endswith("y"):
        return f"{kind[:-1]}ies"
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"
