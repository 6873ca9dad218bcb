"""Sections of the settings: one class for each kind of adapter and each server, with its defaults and its limits.

They know nothing of the environment, which settings.py reads. The sentence below each field is what
docs/reference/settings.md says of it (tools/settings_reference.py).
"""

from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

import durationpy
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator


def _seconds(value: object) -> object:
    """Seconds from a duration as people write it: `7d`, `90m`, `1h30m`; numbers are seconds already."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        try:
            return durationpy.from_str(value).total_seconds()
        except durationpy.DurationError:
            raise ValueError("is no duration; write it such as 7d, 90m or 1h30m") from None
    return value


def _network(value: str) -> str:
    """The range of addresses, in the form in which Kubernetes wants it."""
    try:
        return str(ip_network(value))
    except ValueError as error:
        raise ValueError(f"is no network ({error}); write it such as 10.0.0.0/8 or 10.0.0.5/32") from None


Seconds = Annotated[float, BeforeValidator(_seconds), Field(gt=0)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Documented(BaseModel):
    """Settings whose fields are documented by the text below them."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class PriceSettings(Documented):
    """What previews cost: an amount for an hour of what they request, shown to people and charged to nobody."""

    core_hour: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """The price of one requested core for an hour."""
    gib_hour: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """The price of one requested GiB of memory for an hour."""
    currency: str = Field(default="", pattern=r"^[A-Za-z$€£¥]{0,8}$")
    """The currency of the prices, such as `EUR`; unset: hours are shown without money."""

    @model_validator(mode="after")
    def _in_a_currency(self) -> "PriceSettings":
        if (self.core_hour or self.gib_hour) and not self.currency:
            raise ValueError("needs MATINEE_PRICES__CURRENCY beside a price, such as EUR")
        return self


class LocalPlatformSettings(Documented):
    """Processes on this machine behind a reverse proxy."""

    kind: Literal["local"] = "local"
    """What kind of platform this is."""
    own_users: bool = True
    """Whether each service, build and command runs as a user of its own, which only a worker of root can give."""
    path: str | None = None
    """The PATH of services and commands; unset: where Matinee's own Python is, then the system's folders."""


Cidr = Annotated[str, AfterValidator(_network)]
Cores = Annotated[float, Field(gt=0)]
Mebibytes = Annotated[int, Field(ge=1)]
# It is part of a label, which ends where a name of a Secret may go on.
SecretName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$")]


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


class PostgresSettings(Documented):
    """One PostgreSQL server that all previews share; prepared as docs/how-to/postgresql.md says."""

    kind: Literal["postgres"] = "postgres"
    """What kind of database server this is."""
    host: str = "127.0.0.1"
    """Where the server is, for Matinee and for previews."""
    port: Port = 5432
    """The port it listens on."""
    user: str = "matinee"
    """The role that makes and drops branches; no superuser."""
    password: SecretStr = SecretStr("")
    """The password of that role."""
    maintenance: str = "preview_admin"
    """The database in which that role works, and which nobody else may enter."""
    seed_owner: str = "seed_owner"
    """The role that owns what is in seeds; it cannot log in."""
    connection_limit: int = Field(default=15, ge=1)
    """How many connections each preview may have open at once."""
    ssl: str | None = None
    """The mode of libpq, such as `require`; unset: TLS where the server offers it."""
    throttle: int = Field(default=3, ge=1)
    """How many branchings and migrations run at once; a throttle that runs keeps its own limit until it is resized."""


class GitForgeSettings(Documented):
    """Bare repositories in the data folder: a branch is a pull request."""

    kind: Literal["git"] = "git"
    """What kind of forge this is."""
    repositories: list[str] = ["local/*"]
    """The repositories that this forge serves, `*` matching anything; of two forges, the longer pattern wins."""


class GitHubSettings(Documented):
    """GitHub, by an App (id and private key) or by a token."""

    kind: Literal["github"] = "github"
    """What kind of forge this is."""
    app_id: str = ""
    """The id of the App to act as; give PRIVATE_KEY with it, or TOKEN instead of both."""
    private_key: SecretStr = SecretStr("")
    """The App's private key: the text of the whole PEM file."""
    token: SecretStr = SecretStr("")
    """The token of the person or bot to act as."""
    webhook_secret: SecretStr = SecretStr("")
    """The secret that GitHub signs webhooks with; without one, every webhook is refused."""
    repositories: list[str] = ["*"]
    """The repositories that this forge serves; `*` matches anything for an App, a token needs each by its name."""
    base_url: str = "https://api.github.com"
    """The API; of an Enterprise Server `https://HOST/api/v3`."""
    clone_url: str = "https://github.com"
    """What precedes `/OWNER/NAME.git` where commits are fetched from."""

    @model_validator(mode="after")
    def _one_way_in(self) -> "GitHubSettings":
        by_app = bool(self.app_id) and bool(self.private_key.get_secret_value())
        if by_app == bool(self.token.get_secret_value()):
            raise ValueError("give either APP_ID with PRIVATE_KEY, or TOKEN")
        return self


class GitImagesSettings(Documented):
    """Images built from the commit's own tree by the definition's build command."""

    kind: Literal["git"] = "git"
    """What kind of image store this is."""
    build_limit: Seconds = 600.0
    """How long one build may take before it is ended."""


class RegistryImagesSettings(Documented):
    """Images that a CI pushes to an OCI registry. `credentials` is `user:password` for each host."""

    kind: Literal["registry"] = "registry"
    """What kind of image store this is."""
    credentials: dict[str, SecretStr] = {}
    """`user:password` for each host of a registry that asks for it."""
    insecure: list[str] = []
    """Hosts of registries that are asked by HTTP instead of HTTPS."""


class ReceiverSettings(Documented):
    """Where the receiver listens; loopback unless told otherwise."""

    host: str = "127.0.0.1"
    """The address that the receiver listens on."""
    port: Port = 8080
    """The port that the receiver listens on."""


class TemporalSettings(Documented):
    """Used only where Temporal's own environment variables and config file say nothing."""

    address: str = "127.0.0.1:7233"
    """Where Temporal is, if neither TEMPORAL_ADDRESS nor Temporal's config file says so."""
    ui: str = "http://127.0.0.1:8233"
    """Temporal's UI, which the page links to; empty for no links."""
    task_queue: str = "previews"
    """The task queue that workers poll and the receiver names."""


ForgeSettings = Annotated[GitForgeSettings | GitHubSettings, Field(discriminator="kind")]
PlatformSettings = Annotated[LocalPlatformSettings | KubernetesPlatformSettings, Field(discriminator="kind")]
ImagesSettings = Annotated[GitImagesSettings | RegistryImagesSettings, Field(discriminator="kind")]
