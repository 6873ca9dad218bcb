"""Clusters: what the settings of a Kubernetes platform mean to its adapter.

Apart from composition.py, which loads it only where such a platform is configured: the client takes most of a second
to import.
"""

import contextlib
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from adapters.images.git_trees import GitTrees
from adapters.platforms.kubernetes.connecting import Access, connected
from adapters.platforms.kubernetes.platform import KubernetesPlatform
from adapters.platforms.kubernetes.surveying import survey
from adapters.processes.users import Users
from adapters.rendering.pulling import Charts
from adapters.rendering.renderer import Renderer
from adapters.rendering.revisions import Revisions
from domain.installing import Survey
from domain.manifests.networks import Door, Network, Peer, Pods
from domain.manifests.routing import nginx, traefik
from domain.manifests.rules import Gateway, IngressClass, Limits, Pool, Quota, Receiver, Rules, Toleration
from domain.manifests.supplies import Supplies
from domain.names import Key
from sections import KubernetesPlatformSettings
from settings import Settings


async def kubernetes_platform(
    stack: contextlib.AsyncExitStack,
    settings: Settings,
    name: str,
    platform: KubernetesPlatformSettings,
    *,
    now: Callable[[], datetime],
    trees: GitTrees,
) -> KubernetesPlatform:
    """The platform of this name, whose client is closed with the stack; nothing is asked of the cluster yet.

    `trees` are the commits of the repositories that it serves.
    """
    access = Access(kubeconfig=platform.kubeconfig, context=platform.context)
    return KubernetesPlatform(
        instance=name,
        api=await stack.enter_async_context(connected(access)),
        rules=rules_of(settings.installation, platform),
        now=now,
        supplies=supplies_of(platform),
        prefix=platform.prefix,
        url=settings.url,
        revisions=_revisions(settings.data, platform, trees) if platform.rendering else None,
    )


async def survey_of(kubeconfig: Path, context: str, namespace: str) -> Survey:
    """What is in the cluster that this context of a kubeconfig leads to."""
    async with connected(Access(kubeconfig=kubeconfig, context=context)) as api:
        return await survey(api, namespace)


def rules_of(installation: str, platform: KubernetesPlatformSettings) -> Rules:
    """What holds for every preview there; its key, label, namespace, hosts and release come with each request."""
    database = tuple(Network(one) for one in platform.database)
    return Rules(
        installation=installation,
        key=Key("", 0),
        label="",
        namespace="",
        hosts=(),
        level=platform.level,
        quota=_quota(platform),
        limits=Limits(cpu=platform.container_cpu, memory_mib=platform.container_memory_mib),
        gateway=_gateway(platform.gateway),
        ingress=_ingress(platform),
        pool=_pool(platform),
        priority_class=platform.priority_class,
        runtime_class=platform.runtime_class,
        storage_classes=tuple(platform.storage_classes),
        registries=tuple(platform.registries),
        pull_secrets=tuple(platform.pull_secrets),
        certificate=platform.certificate,
        user=platform.user,
        read_only_root=platform.read_only_root,
        role=platform.role or f"{installation}-preview",
        worker_role=platform.worker_role or f"{installation}-worker",
        receiver=_receiver(platform.receiver),
        entrances=tuple(_peer(one) for one in platform.entrances),
        database=Door(peers=database, port=platform.database_port) if database else None,
        egress=tuple(Network(one) for one in platform.egress),
    )


def supplies_of(platform: KubernetesPlatformSettings) -> Supplies:
    """Which Secrets previews are given there."""
    return Supplies(
        templates=platform.templates,
        copied={pattern: tuple(names) for pattern, names in platform.secrets.items()},
        external={pattern: tuple(names) for pattern, names in platform.external_secrets.items()},
    )


def _revisions(data: Path, platform: KubernetesPlatformSettings, trees: GitTrees) -> Revisions:
    """What makes objects of charts, overlays and manifests; each rendering has a user of its own where we are root."""
    logins = {host: login.get_secret_value().partition(":") for host, login in platform.chart_credentials.items()}
    charts = Charts(
        registries=tuple(platform.charts),
        credentials={host: (user, password) for host, (user, _, password) in logins.items()},
        plain_http=platform.chart_plain_http,
    )
    renderer = Renderer(
        folder=data / "rendering" / "calls",
        helm=platform.helm,
        kubectl=platform.kubectl,
        users=Users(data) if os.geteuid() == 0 else None,
        charts=charts,
    )
    return Revisions(renderer=renderer, trees=trees, folder=data / "rendering" / "trees")


def _quota(platform: KubernetesPlatformSettings) -> Quota:
    return Quota(
        cpu=platform.cpu,
        memory_mib=platform.memory_mib,
        storage_mib=platform.storage_mib,
        pods=platform.pods,
        claims=platform.claims,
    )


def _gateway(text: str) -> Gateway | None:
    namespace, _, rest = text.partition("/")
    name, _, section = rest.partition("/")
    return Gateway(namespace=namespace, name=name, section=section) if text else None


def _receiver(text: str) -> Receiver | None:
    namespace, _, rest = text.partition("/")
    name, _, port = rest.partition(":")
    return Receiver(namespace=namespace, name=name, port=int(port)) if text else None


def _ingress(platform: KubernetesPlatformSettings) -> IngressClass | None:
    match platform.ingress, platform.ingress_controller:
        case "", _:
            return None
        case name, "nginx":
            return nginx(name, platform.system)
        case name, "traefik":
            return traefik(name, platform.system)
        case name, _:
            return IngressClass(name=name)


def _pool(platform: KubernetesPlatformSettings) -> Pool | None:
    tolerations = tuple(_toleration(one) for one in platform.tolerations)
    return Pool(selector=platform.pool, tolerations=tolerations) if platform.pool or tolerations else None


def _toleration(text: str) -> Toleration:
    taint, _, effect = text.partition(":")
    key, _, value = taint.partition("=")
    return Toleration(key=key, value=value, effect=effect or "NoSchedule")


def _peer(text: str) -> Peer:
    """A network where the text begins with an address, else the pods of a namespace, or one application of it."""
    namespace, slash, rest = text.partition("/")
    if "." in namespace or ":" in namespace:
        return Network(text)
    return Pods(namespace, {"app.kubernetes.io/name": rest} if slash else {})
