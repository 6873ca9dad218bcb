"""The control plane: etcd, the API server, the controllers, the scheduler; each with what shows that it works."""

import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import httpx

from domain.errors import PermanentError
from embedded.processes import Program
from tests.cluster import kubeconfigs
from tests.cluster.addresses import API_SERVICE, NODE, NODE_NAME, SERVICES
from tests.cluster.certificates import Authority, signing_key
from tests.cluster.commands import PATH, found
from tests.cluster.kubectl import Kubectl
from tests.cluster.plans import Plan
from tools.kubernetes.building import program

Ready = Callable[[], Awaitable[bool]]
Part = tuple[Program, Ready]
"""What to run, and whether it does its work yet."""

_ETCD = "http://127.0.0.1:2379"
_PEERS = "http://127.0.0.1:2380"
_ISSUER = "https://kubernetes.default.svc"
_USERS = {
    "admin": ("admin", "system:masters"),
    "controllers": ("system:kube-controller-manager", None),
    "scheduler": ("system:kube-scheduler", None),
    "kubelet": (f"system:node:{NODE_NAME}", "system:nodes"),
    "proxy": ("system:kube-proxy", None),
}


def part(folder: Path, name: str, *command: str | Path, ports: tuple[int, ...] = ()) -> Program:
    """A program of the cluster, whose log is with the others'."""
    return Program(
        name=name,
        command=tuple(map(str, command)),
        folder=folder / "parts",
        ports=ports,
        cure="The logs beside that one may say more.",
        environment={"PATH": PATH},
    )


def certify(folder: Path, plan: Plan) -> None:
    """Every user of the control plane has a certificate and a kubeconfig in the folder, and the server has its own."""
    certificates = folder / "certificates"
    authority = Authority(certificates)
    hosts = ("localhost", "kubernetes.default.svc", "127.0.0.1", NODE, API_SERVICE)
    authority.issue("server", user="kube-apiserver", hosts=hosts)
    signing_key(certificates, "accounts")
    for name, (user, group) in _USERS.items():
        authority.issue(name, user=user, group=group)
        kubeconfigs.write(kubeconfig(folder, name), server=plan.server, certificates=certificates, user=name)


def kubeconfig(folder: Path, user: str) -> Path:
    """The kubeconfig of one of these users."""
    return folder / "kubeconfigs" / f"{user}.yaml"


def etcd(folder: Path) -> Part:
    """The store; it need not survive a power cut, so it never waits for the disk."""
    command = (
        *(found("etcd"), "--data-dir", folder / "etcd", "--unsafe-no-fsync"),
        *("--listen-client-urls", _ETCD, "--advertise-client-urls", _ETCD),
        *("--listen-peer-urls", _PEERS, "--initial-advertise-peer-urls", _PEERS),
        *("--initial-cluster", f"default={_PEERS}"),
    )
    return part(folder, "etcd", *command, ports=(2379,)), lambda: answers(f"{_ETCD}/health")


def api_server(folder: Path, plan: Plan) -> Part:
    """The API server, which reaches the kubelet as an administrator, for logs and exec."""
    keys = folder / "certificates"
    command = (
        program("kube-apiserver"),
        f"--etcd-servers={_ETCD}",
        f"--secure-port={plan.api}",
        f"--advertise-address={NODE}",
        f"--tls-cert-file={keys / 'server.crt'}",
        f"--tls-private-key-file={keys / 'server.key'}",
        f"--client-ca-file={keys / 'ca.crt'}",
        f"--service-cluster-ip-range={SERVICES}",
        f"--service-account-issuer={_ISSUER}",
        f"--service-account-signing-key-file={keys / 'accounts.key'}",
        f"--service-account-key-file={keys / 'accounts.pub'}",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        f"--kubelet-client-certificate={keys / 'admin.crt'}",
        f"--kubelet-client-key={keys / 'admin.key'}",
        "--kubelet-preferred-address-types=InternalIP",
    )
    trust = ssl.create_default_context(cafile=str(keys / "ca.crt"))
    return part(folder, "apiserver", *command, ports=(plan.api,)), lambda: answers(f"{plan.server}/readyz", trust)


def controllers(folder: Path, kubectl: Kubectl) -> Part:
    """The controllers; they work once a namespace has got its service account."""
    keys = folder / "certificates"
    command = (
        program("kube-controller-manager"),
        f"--kubeconfig={kubeconfig(folder, 'controllers')}",
        f"--service-account-private-key-file={keys / 'accounts.key'}",
        f"--root-ca-file={keys / 'ca.crt'}",
        f"--cluster-signing-cert-file={keys / 'ca.crt'}",
        f"--cluster-signing-key-file={keys / 'ca.key'}",
        "--use-service-account-credentials=true",
        "--leader-elect=false",
    )
    return part(folder, "controllers", *command), lambda: exists(kubectl, "serviceaccount", "default")


def scheduler(folder: Path) -> Part:
    """The scheduler."""
    command = (
        program("kube-scheduler"),
        f"--kubeconfig={kubeconfig(folder, 'scheduler')}",
        # It says that it is ready at this port, over TLS with a certificate of its own making.
        f"--client-ca-file={folder / 'certificates' / 'ca.crt'}",
        f"--tls-cert-file={folder / 'certificates' / 'server.crt'}",
        f"--tls-private-key-file={folder / 'certificates' / 'server.key'}",
        "--leader-elect=false",
    )
    trust = ssl.create_default_context(cafile=str(folder / "certificates" / "ca.crt"))
    return part(folder, "scheduler", *command), lambda: answers("https://127.0.0.1:10259/readyz", trust)


async def answers(url: str, trust: ssl.SSLContext | bool = True) -> bool:
    """Whether this URL says that all is well."""
    try:
        async with httpx.AsyncClient(trust_env=False, verify=trust) as client:
            return (await client.get(url)).is_success
    except httpx.TransportError:
        return False


async def exists(kubectl: Kubectl, *what: str) -> bool:
    """Whether the cluster has this object; an API server that has no time to answer has not said so."""
    with suppress(PermanentError):
        return bool(await kubectl("get", "--ignore-not-found", "--output=name", *what))
    return False
