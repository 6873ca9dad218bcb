"""Where previews run: processes of this machine, or namespaces of a cluster."""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr, model_validator

from sections.shapes import Documented, Port


def _network(value: str) -> str:
    """The range of addresses, in the form in which Kubernetes wants it."""
    try:
        return str(ip_network(value))
    except ValueError as error:
        raise ValueError(f"is no network ({error}); write it such as 10.0.0.0/8 or 10.0.0.5/32") from None


Cidr = Annotated[str, AfterValidator(_network)]
Cores = Annotated[float, Field(gt=0)]
Mebibytes = Annotated[int, Field(ge=1)]
# It is part of a label, which ends where a name of a Secret may go on.
SecretName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$")]


class LocalPlatformSettings(Documented):
    """Processes on this machine behind a reverse proxy."""

    kind: Literal["local"] = "local"
    """What kind of platform this is."""
    own_users: bool = True
    """Whether each service, build and command runs as a user of its own, which only a worker of root can give."""
    path: str | None = None
    """The PATH of services and commands; unset: where Matinee's own Python is, then the system's folders."""


class KubernetesPlatformSettings(Documented):
    """A namespace of a cluster for each preview; the cluster is prepared by the chart."""

    kind: Literal["kubernetes"] = "kubernetes"
    """What kind of platform this is."""
    kubeconfig: Path | None = None
    """The kubeconfig to reach the cluster by; unset: the account of the pod that Matinee runs in."""
    context: str = ""
    """The context of that kubeconfig; unset: its current one."""
    prefix: str = Field(default="preview-", pattern=r"^[a-z][a-z0-9-]{0,20}-$")
    """What precedes the label in a preview's namespace; two installations in one cluster need different ones."""
    gateway: str = Field(default="", pattern=r"^([a-z0-9.-]+/[a-z0-9.-]+(/[a-z0-9.-]+)?)?$")
    """The Gateway that routes attach to: `NAMESPACE/NAME`, or `NAMESPACE/NAME/LISTENER`."""
    ingress: str = ""
    """Without a Gateway: the class of Ingresses of the previews."""
    ingress_controller: Literal["", "nginx", "traefik"] = ""
    """Which controller serves that class, so that it adds the header that keeps search engines out; unset: none."""
    system: str = "matinee-system"
    """The namespace of Matinee's chart, in which such a controller finds that header."""
    receiver: str = Field(default="", pattern=r"^([a-z0-9.-]+/[a-z0-9-]+:[0-9]{1,5})?$")
    """The Service that answers `/.matinee/config.json` at the hosts of previews: `NAMESPACE/NAME:PORT`; unset: none."""
    certificate: str = ""
    """A Secret of `TEMPLATES` that is copied for Ingresses; unset: the controller's default one, which is safer."""
    entrances: list[str] = []
    """Where requests to previews come from: networks such as `10.0.0.5/32`, pods as `NAMESPACE` or `NAMESPACE/APP`."""
    egress: list[Cidr] = []
    """Networks that previews may connect to; `0.0.0.0/0` is the Internet without private networks."""
    database: list[Cidr] = []
    """Networks in which the databases of previews listen; unset: the address of each preview's own server."""
    database_port: Port = 5432
    """The port of those databases."""
    cpu: Cores = 2.0
    """The cores that one preview may use."""
    memory_mib: Mebibytes = 2048
    """The MiB of memory that one preview may use."""
    storage_mib: Mebibytes = 4096
    """The MiB of storage that one preview may claim."""
    pods: int = Field(default=20, ge=1)
    """How many pods one preview may have."""
    claims: int = Field(default=4, ge=0)
    """How many volumes one preview may claim."""
    container_cpu: Cores = 0.5
    """The cores that a container may use that does not say how many."""
    container_memory_mib: Mebibytes = 512
    """The MiB that a container may use that does not say how many."""
    level: Literal["baseline", "restricted"] = "restricted"
    """The Pod Security Standard that previews are held to."""
    user: int | None = Field(default=None, ge=1)
    """The user that images run as which name none, or name one by its name; unset: the image's own."""
    read_only_root: bool = True
    """Whether services of a definition can write to `/tmp` only."""
    pool: dict[str, str] = {}
    """Labels of the nodes that previews run on, such as those of spot nodes."""
    tolerations: list[str] = []
    """Taints of those nodes: `KEY`, `KEY=VALUE` or `KEY=VALUE:EFFECT`."""
    priority_class: str = ""
    """The PriorityClass of every pod of a preview."""
    runtime_class: str = ""
    """The RuntimeClass of every pod of a preview."""
    storage_classes: list[str] = []
    """The storage classes that a preview may name."""
    registries: list[str] = []
    """What images of previews begin with, such as `registry.example.com/acme`; unset: any."""
    pull_secrets: list[str] = []
    """The Secrets by which nodes pull images, in every preview."""
    templates: str = ""
    """The namespace from which `SECRETS`, `PULL_SECRETS` and `CERTIFICATE` are copied into previews; unset: none."""
    secrets: dict[str, list[SecretName]] = {}
    """Which of its Secrets previews are given, by repository: `{"acme/*": ["stripe"]}`; strangers are given none."""
    external_secrets: dict[str, list[SecretName]] = {}
    """Which Secrets External Secrets makes in previews, by repository in the same way; a preview waits for its own."""
    role: str = ""
    """The ClusterRole that what a pull request wrote is applied with; unset: the chart's, `INSTALLATION-preview`."""
    worker_role: str = ""
    """The ClusterRole that Matinee gives itself inside a preview; unset: the chart's, `INSTALLATION-worker`."""
    rendering: bool = True
    """Whether definitions may name a Helm chart, a Kustomize overlay or plain manifests."""
    helm: str = "helm"
    """The program that renders charts: its name or its path."""
    kubectl: str = "kubectl"
    """The program that renders overlays: its name or its path."""
    charts: list[str] = []
    """Registries that charts may come from, such as `registry.example.com/charts`; unset: from the repository alone."""
    chart_credentials: dict[str, SecretStr] = {}
    """`user:password` for each host of such a registry that asks for it."""
    chart_plain_http: bool = False
    """Whether those registries are asked by HTTP instead of HTTPS."""

    @model_validator(mode="after")
    def _one_way_in(self) -> "KubernetesPlatformSettings":
        if bool(self.gateway) == bool(self.ingress):
            raise ValueError("give either GATEWAY, as NAMESPACE/NAME, or INGRESS, the name of a class")
        return self

    @model_validator(mode="after")
    def _sourced(self) -> "KubernetesPlatformSettings":
        for given, name in ((self.secrets, "SECRETS"), (self.certificate, "CERTIFICATE")):
            if given and not self.templates:
                raise ValueError(f"{name} needs TEMPLATES, the namespace that the Secrets are copied from")
        copied = {self.certificate, *(name for names in self.secrets.values() for name in names)}
        copied |= set(self.pull_secrets if self.templates else ())
        if both := copied & {name for names in self.external_secrets.values() for name in names}:
            raise ValueError(f"{min(both)} is both copied and in EXTERNAL_SECRETS; leave one of them out")
        return self


PlatformSettings = Annotated[LocalPlatformSettings | KubernetesPlatformSettings, Field(discriminator="kind")]
