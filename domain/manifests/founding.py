"""Founding: the objects of a preview that are Matinee's alone, which no pull request can write.

They are applied by the worker itself, before anything else: the namespace with its marks, the quota, the closed
network, the account without a token, and the rights of worker and deployer to work in this namespace and in no other.
"""

from typing import Any

from domain.manifests.confining import confined
from domain.manifests.fencing import policies
from domain.manifests.flags import FILE, flagd
from domain.manifests.objects import made
from domain.manifests.rules import ACCOUNT, DATABASE_KEY, DATABASE_SECRET, DOMAIN, FLAGS, Rules
from domain.resources import Connection

HOSTS = f"{DOMAIN}/hosts"
"""The annotation of the namespace that admission compares the hosts of routes with."""

KEY = f"{DOMAIN}/key"
"""The annotation of the namespace that names the preview, such as acme/shop#12; a label could not hold it."""

_RIGHTS = "rbac.authorization.k8s.io"


def foundation(rules: Rules) -> tuple[dict[str, Any], ...]:
    """Everything that has to be there before the first object of a pull request, in the order of applying."""
    within = (*bindings(rules), _quota(rules), _limits(rules), _account(rules), *policies(rules))
    return (_namespace(rules), *(confined(one, rules) for one in within))


def connection_secret(rules: Rules, connection: Connection) -> dict[str, Any]:
    """The Secret with the connection of the preview's database: its value is a password, never to be logged."""
    secret = made("v1", "Secret", DATABASE_SECRET, type="Opaque", stringData={DATABASE_KEY: connection.url})
    return confined(secret, rules)


def flags_map(rules: Rules, flags: dict[str, str], generation: int = 0) -> dict[str, Any]:
    """The ConfigMap with the flags; pods that mount it see a change within a minute, without a restart."""
    return confined(made("v1", "ConfigMap", FLAGS, data={FILE: flagd(flags, generation)}), rules)


def _namespace(rules: Rules) -> dict[str, Any]:
    # Pod Security: https://kubernetes.io/docs/tasks/configure-pod-container/enforce-standards-namespace-labels/
    levels = {f"pod-security.kubernetes.io/{mode}": rules.level for mode in ("enforce", "audit", "warn")}
    namespace = made("v1", "Namespace", rules.namespace)
    namespace["metadata"]["labels"] = {**rules.labels, **levels}
    namespace["metadata"]["annotations"] = {KEY: str(rules.key), HOSTS: ",".join(rules.hosts)}
    return namespace


def _quota(rules: Rules) -> dict[str, Any]:
    cpu, memory, quota = f"{round(rules.quota.cpu * 1000)}m", f"{rules.quota.memory_mib}Mi", rules.quota
    hard = {
        **{f"{side}.cpu": cpu for side in ("limits", "requests")},
        **{f"{side}.memory": memory for side in ("limits", "requests")},
        "pods": str(quota.pods),
        # Those are pods that run; these also what has ended, as a Job of a million short pods would fill the cluster.
        "count/pods": str(max(quota.objects, quota.pods)),
        "count/jobs.batch": str(quota.objects),
        "persistentvolumeclaims": str(quota.claims),
        "requests.storage": f"{quota.storage_mib}Mi",
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }
    return made("v1", "ResourceQuota", "matinee-quota", spec={"hard": hard})


def _limits(rules: Rules) -> dict[str, Any]:
    limits = rules.limits
    usual = amounts(limits.cpu, limits.memory_mib)
    reserved = amounts(limits.cpu * limits.cpu_share, limits.memory_mib * limits.memory_share)
    item = {"type": "Container", "default": usual, "defaultRequest": reserved}
    return made("v1", "LimitRange", "matinee-limits", spec={"limits": [item]})


def amounts(cpu: float, memory_mib: float) -> dict[str, str]:
    """So many cores and MiB, as a container asks for them; never less than a thousandth and one."""
    return {"cpu": f"{max(1, round(cpu * 1000))}m", "memory": f"{max(1, round(memory_mib))}Mi"}


def _account(rules: Rules) -> dict[str, Any]:
    secrets = [{"name": name} for name in rules.pull_secrets]
    return made("v1", "ServiceAccount", ACCOUNT, automountServiceAccountToken=False, imagePullSecrets=secrets)


def bindings(rules: Rules) -> tuple[dict[str, Any], ...]:
    """The rights to this namespace: the worker's own, then the deployer's.

    The deployer is an identity to impersonate: no account of that name is made, so nobody can have a token of it.
    """
    worker = {"apiGroup": _RIGHTS, "kind": "User", "name": rules.worker}
    deployer = {"kind": "ServiceAccount", "name": rules.deployer, "namespace": rules.namespace}
    own = (_binding("matinee-worker", rules.worker_role, worker),) if rules.worker else ()
    return (*own, _binding(rules.deployer, rules.role, deployer))


def _binding(name: str, role: str, subject: dict[str, str]) -> dict[str, Any]:
    reference = {"apiGroup": _RIGHTS, "kind": "ClusterRole", "name": role}
    return made(f"{_RIGHTS}/v1", "RoleBinding", name, roleRef=reference, subjects=[subject])
