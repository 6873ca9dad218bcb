"""Rights: what Matinee may do in a cluster, as the rules of RBAC. The smallest with which everything works.

https://kubernetes.io/docs/reference/access-authn-authz/rbac/
"""

from dataclasses import dataclass, replace
from typing import Any

from domain.manifests.shapes import at, list_of

_MAKE = ("get", "list", "create", "patch", "delete")
_READ = ("get", "list")


@dataclass(frozen=True, kw_only=True)
class Right:
    """These verbs on these resources of one group of APIs; `names` limits them to objects of these names."""

    group: str = ""
    resources: tuple[str, ...]
    verbs: tuple[str, ...]
    names: tuple[str, ...] = ()

    def rule(self) -> dict[str, Any]:
        """As it stands in a role."""
        names = {"resourceNames": list(self.names)} if self.names else {}
        return {"apiGroups": [self.group], "resources": list(self.resources), "verbs": list(self.verbs), **names}

    def __str__(self) -> str:
        """The line that a role needs."""
        named = f", resourceNames: [{', '.join(self.names)}]" if self.names else ""
        resources, verbs = ", ".join(self.resources), ", ".join(self.verbs)
        return f'{{apiGroups: ["{self.group}"], resources: [{resources}], verbs: [{verbs}]{named}}}'


_RBAC = "rbac.authorization.k8s.io"


def of_worker(roles: tuple[str, ...]) -> tuple[Right, ...]:
    """What the worker needs in the whole cluster: namespaces, and to give these roles to itself and the deployer there.

    Admission confines the first two to namespaces of previews.
    """
    return (
        Right(resources=("namespaces",), verbs=_MAKE),
        Right(group=_RBAC, resources=("rolebindings",), verbs=("create", "patch")),
        Right(group=_RBAC, resources=("clusterroles",), verbs=("bind",), names=roles),
    )


def of_examination(roles: tuple[str, ...], policies: tuple[str, ...]) -> tuple[Right, ...]:
    """What the worker needs to say in `matinee doctor` whether its roles and the policies of admission are whole."""
    group, bound = "admissionregistration.k8s.io", ("validatingadmissionpolicies", "validatingadmissionpolicybindings")
    return (
        *(Right(group=group, resources=(resource,), verbs=("get",), names=policies) for resource in bound),
        Right(group=_RBAC, resources=("clusterroles",), verbs=("get",), names=roles),
    )


def missing_in(role: Any, rights: tuple[Right, ...]) -> tuple[Right, ...]:
    """What a role lacks of these rights, each as small as what it lacks."""
    rules = list_of(at(role, "rules"))
    lacking = [
        (right, resource, tuple(verb for verb in right.verbs if not _gives(rules, right, resource, verb)))
        for right in rights
        for resource in right.resources
    ]
    return tuple(replace(right, resources=(resource,), verbs=verbs) for right, resource, verbs in lacking if verbs)


def _gives(rules: list[Any], right: Right, resource: str, verb: str) -> bool:
    wanted = (("apiGroups", right.group), ("resources", resource), ("verbs", verb))
    return any(
        all({each, "*"} & {*map(str, list_of(at(rule, field)))} for field, each in wanted)
        and (not (names := list_of(at(rule, "resourceNames"))) or bool(right.names and {*right.names} <= {*names}))
        for rule in rules
    )


WITHIN = (
    Right(resources=("serviceaccounts",), verbs=("impersonate",), names=("matinee-deployer",)),
    Right(resources=("configmaps", "limitranges", "resourcequotas", "secrets", "serviceaccounts"), verbs=_MAKE),
    Right(group="networking.k8s.io", resources=("networkpolicies",), verbs=_MAKE),
    Right(group="external-secrets.io", resources=("externalsecrets",), verbs=("get",)),
    Right(resources=("pods",), verbs=("patch",)),
)
"""What the worker needs inside a preview, besides: to act as the deployer, and what no pull request may touch."""

BESIDE = (
    Right(group="gateway.networking.k8s.io", resources=("httproutes",), verbs=("create", "patch", "delete")),
    Right(group="networking.k8s.io", resources=("ingresses",), verbs=("create", "patch", "delete")),
)
"""What the worker needs in the receiver's namespace, of which the one that previews are reached through is enough."""

DEPLOYER = (
    Right(resources=("configmaps", "persistentvolumeclaims", "secrets", "services"), verbs=_MAKE),
    Right(resources=("pods",), verbs=("get", "list", "delete", "deletecollection")),
    Right(resources=("pods/log",), verbs=("get",)),
    Right(resources=("events",), verbs=_READ),
    Right(group="apps", resources=("deployments", "statefulsets"), verbs=_MAKE),
    Right(group="apps", resources=("replicasets",), verbs=_READ),
    Right(group="batch", resources=("cronjobs", "jobs"), verbs=_MAKE),
    Right(group="autoscaling", resources=("horizontalpodautoscalers",), verbs=_MAKE),
    Right(group="policy", resources=("poddisruptionbudgets",), verbs=_MAKE),
    Right(group="networking.k8s.io", resources=("ingresses",), verbs=_MAKE),
    Right(group="gateway.networking.k8s.io", resources=("httproutes",), verbs=_MAKE),
)
"""What the deployer, as which the objects of a pull request are applied and watched, may do inside its preview."""
