"""Cures of refusals: for every rule one sentence that says what to write in place of what was refused."""

from collections.abc import Mapping

from domain.manifests.kinds import KINDS
from domain.manifests.refusals import Rule
from domain.manifests.rules import DATABASE_SECRET, Rules

_KINDS = ", ".join(sorted(kind.kind for kind in KINDS))

CURES: Mapping[Rule, str] = {
    Rule.SHAPE: "write what the API reference says stands here, in plain JSON values",
    Rule.SIZE: "keep large files in an image; an object may have {object_bytes} bytes, all of them {set_bytes}",
    Rule.COUNT: "write at most {objects} objects",
    Rule.DUPLICATE: "write every object once",
    Rule.KIND: f"leave it out; previews have {_KINDS}, each of the version that the API reference calls stable",
    Rule.FIELD: "leave the field out; it is unknown, or no preview may set it",
    Rule.NAME: "write a name of small letters, digits, hyphens and dots, and no generateName",
    Rule.RESERVED: "write another name; this one is taken, as all that begin with matinee- or kube- are",
    Rule.NAMESPACE: "leave the namespace out, or write {namespace}",
    Rule.MARK: "leave it out; labels and annotations of matinee.dev and of Pod Security are set by Matinee",
    Rule.LABEL: "use a label without a prefix, or ask the operator to allow its prefix",
    Rule.ANNOTATION: "leave it out, or ask the operator to allow its prefix; it may order things outside the preview",
    Rule.OWNERSHIP: "leave it out; Matinee removes what it made",
    Rule.HOST: "write one of the preview's own hosts: {hosts}",
    Rule.GATEWAY: "write {gateway}",
    Rule.CLASS: "write {ingress}",
    Rule.BACKEND: "name a Service of the same namespace",
    Rule.CERTIFICATE: "leave secretName out; the wildcard certificate serves every preview",
    Rule.PATH: "write a path that begins with / and has no spaces, quotes, braces, backslashes or semicolons",
    Rule.FILTER: "use a filter that the Gateway API itself defines, but no extensionRef",
    Rule.SERVICE_TYPE: "write type: ClusterIP without ports of nodes; an HTTPRoute or Ingress makes it public",
    Rule.ADDRESS: "leave the address out; the cluster gives one",
    Rule.IMAGE: "name it as the image of a service in .matinee.yaml, or write its digest, as {registry}/shop@sha256:…",
    Rule.REGISTRY: "use an image of {registries}, or ask the operator to allow its registry",
    Rule.HOST_NAMESPACE: "leave it out, or write false",
    Rule.HOST_PORT: "leave it out; a Service makes the port reachable",
    Rule.PROBE_HOST: "leave host out; the pod itself is asked",
    Rule.PRIVILEGE: "leave it out, or write false",
    Rule.CAPABILITY: "write drop: [ALL] and add none, or ask the operator for the level baseline",
    Rule.ROOT: "leave it out or write a user other than 0, and let the image run without root",
    Rule.PROFILE: "write type: RuntimeDefault, or leave it out",
    Rule.KERNEL: "leave it out",
    Rule.EPHEMERAL: "leave it out; those are for kubectl debug",
    Rule.PLACEMENT: "leave it out; {pool}",
    Rule.PRIORITY: "leave it out; Matinee sets the priority",
    Rule.RUNTIME: "leave it out; Matinee sets the runtime class",
    Rule.GRACE: "write at most {grace_seconds} seconds",
    Rule.TOKEN: "leave it out; pods of previews have no business with the cluster's API",
    Rule.ACCOUNT: "leave it out, or write default",
    Rule.SECRET: "write one of {secrets}, or a Secret that these manifests make",
    Rule.SECRET_TYPE: "write type: Opaque, or leave it out",
    Rule.VOLUME: "use configMap, secret, emptyDir, downwardAPI, projected, persistentVolumeClaim or ephemeral",
    Rule.DEVICE: "leave it out; previews have no devices",
    Rule.STORAGE: "write accessModes, resources and one of the storage classes {storage_classes}, or none",
    Rule.RESOURCES: "write cpu, memory or ephemeral-storage within the preview's {quota}",
    Rule.QUOTA: "ask for less, or run fewer replicas; the whole preview has {quota}",
    Rule.DISRUPTION: "write maxUnavailable: 1, or leave the object out; a preview never holds a node back from its end",
}
"""Every rule has one; braces are filled in from the rules of the preview."""


def cure(rule: Rule, rules: Rules) -> str:
    """The sentence for this rule in this preview."""
    return CURES[rule].format_map(_words(rules))


def _words(rules: Rules) -> dict[str, object]:
    gateway, quota, bounds = rules.gateway, rules.quota, rules.bounds
    return {
        "namespace": rules.namespace,
        "hosts": ", ".join(rules.hosts) or "it has none",
        "gateway": f"name: {gateway.name} and namespace: {gateway.namespace}" if gateway else "an Ingress in its place",
        "ingress": f"ingressClassName: {rules.ingress.name}" if rules.ingress else "an HTTPRoute in its place",
        "registry": rules.registries[0].rstrip("/") if rules.registries else "registry.example.com",
        "registries": ", ".join(rules.registries) or "any registry",
        "pool": "Matinee chooses the nodes" if rules.pool is None else "Matinee chooses nodes of the pool",
        "storage_classes": ", ".join(rules.storage_classes) or "(none is allowed by name)",
        "secrets": ", ".join((DATABASE_SECRET, *rules.secrets)),
        "quota": f"{quota.cpu:g} cores, {quota.memory_mib} MiB of memory, "
        f"{quota.storage_mib} MiB of storage, {quota.pods} pods",
        "grace_seconds": bounds.grace_seconds,
        "objects": bounds.objects,
        "object_bytes": bounds.object_bytes,
        "set_bytes": bounds.set_bytes,
    }
