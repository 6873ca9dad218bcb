"""The node: containerd, the kubelet and kube-proxy; each with what shows that it works."""

import asyncio
import json
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from domain.errors import PermanentError
from embedded.processes import Program
from tests.cluster.addresses import CLUSTER_DOMAIN, NAME_SERVICE, NODE, NODE_NAME, PODS
from tests.cluster.commands import PLUGINS, found, output
from tests.cluster.control_plane import Part, answers, kubeconfig, part
from tests.cluster.guard_plugin import SOCKET as SOCKET_OF_GUARD
from tests.cluster.kubectl import Kubectl
from tests.cluster.plans import Plan
from tools.kubernetes.building import program as built
from tools.setup import ROOT

SOCKET = Path("/run/containerd/containerd.sock")
"""Where containerd listens; /run is the node's own."""

_CONTAINERD = """\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
[grpc]
address = "{socket}"
[plugins."io.containerd.grpc.v1.cri"]
# Inside a container nobody may set a score below zero, and without this no pod starts.
restrict_oom_score_adj = true
sandbox_image = "{pause}"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{network}"
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "{registries}"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
"""


def containerd(folder: Path, plan: Plan, pause: str) -> Part:
    """What runs containers; `pause` is the image that holds a pod's network."""
    network = folder / "network"
    network.mkdir(exist_ok=True)
    plugins = _plugins(folder)
    (network / "pods.conflist").write_text(json.dumps(_NETWORK))
    options = folder / "containerd.toml"
    registries = _registries(folder, plan)
    options.write_text(
        _CONTAINERD.format(socket=SOCKET, pause=pause, plugins=plugins, network=network, registries=registries)
    )
    return part(folder, "containerd", found("containerd"), "--config", options), _containerd_answers


def _registries(folder: Path, plan: Plan) -> Path:
    """A folder that says that our registries speak no TLS at the node's address either, at which pods ask them."""
    place = folder / "registries"
    for port in (plan.registry, plan.private):
        url = f"http://{NODE}:{port}"
        file = place / f"{NODE}:{port}" / "hosts.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'server = "{url}"\n[host."{url}"]\ncapabilities = ["pull", "resolve"]\n')
    return place


async def _containerd_answers() -> bool:
    """Whether the socket is there, and containerd behind it."""
    with suppress(PermanentError):
        return "Server" in await output(found("ctr"), "--address", SOCKET, "--connect-timeout=1s", "version")
    return False


_NETWORK = {
    "cniVersion": "0.4.0",
    "name": "pods",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "pods0",
            "isGateway": True,
            "ipMasq": True,
            "hairpinMode": True,
            "ipam": {"type": "host-local", "ranges": [[{"subnet": PODS}]], "routes": [{"dst": "0.0.0.0/0"}]},
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
        {"type": "guard"},
    ],
}


def _plugins(folder: Path) -> Path:
    """A folder with Debian's network plugins, and the one of ours that waits for NetworkPolicies."""
    place = folder / "plugins"
    place.mkdir(exist_ok=True)
    for plugin in PLUGINS.iterdir():
        (place / plugin.name).symlink_to(plugin)
    script = Path(__file__).with_name("guard_plugin.py")
    (place / "guard").write_text(f"#!/bin/sh\nexec {sys.executable} -I -S {script}\n")
    (place / "guard").chmod(0o755)
    return place


async def _guard_listens() -> bool:
    """Whether the guard hears the plugin."""
    return await asyncio.to_thread(Path(SOCKET_OF_GUARD).is_socket)


def guard(folder: Path) -> Part:
    """What enforces NetworkPolicies; no pod starts without it."""
    program = part(folder, "guard", sys.executable, "-m", "tests.cluster.guarding", folder)
    program = replace(program, environment={**program.environment, "PYTHONPATH": str(ROOT)})

    return program, _guard_listens


def kubelet(folder: Path, plan: Plan, kubectl: Kubectl) -> Part:
    """The kubelet; it works once its node is ready."""
    (folder / "resolv.conf").write_text(f"nameserver {NAME_SERVICE}\n")
    options = folder / "kubelet.yaml"
    options.write_text(json.dumps(_kubelet_options(folder, plan)))
    command = (
        built("kubelet"),
        f"--config={options}",
        f"--kubeconfig={kubeconfig(folder, 'kubelet')}",
        f"--hostname-override={NODE_NAME}",
        f"--node-ip={NODE}",
        f"--root-dir={folder / 'kubelet'}",
        f"--cert-dir={folder / 'kubelet' / 'pki'}",
    )
    return part(folder, "kubelet", *command), lambda: _node_is_ready(kubectl)


def _kubelet_options(folder: Path, plan: Plan) -> dict[str, object]:
    """What the kubelet is told."""
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": NODE,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(folder / "certificates" / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        # Below a group of its own: a kubelet ends the pods that it does not know, and another cluster's are such.
        "cgroupRoot": f"/{plan.name}",
        "cgroupDriver": "cgroupfs",
        "enforceNodeAllocatable": [],
        "containerRuntimeEndpoint": f"unix://{SOCKET}",
        "failSwapOn": False,
        "clusterDomain": CLUSTER_DOMAIN,
        "clusterDNS": [NAME_SERVICE],
        "resolvConf": str(folder / "resolv.conf"),
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "imageGCHighThresholdPercent": 100,
        "serializeImagePulls": False,
    }


async def _node_is_ready(kubectl: Kubectl) -> bool:
    """Whether the node says that pods can run on it."""
    path = "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}"
    with suppress(PermanentError):
        return await kubectl("get", "nodes", f"--output={path}") == "True"
    return False


def proxy(folder: Path) -> Part:
    """What turns the addresses of Services into those of pods."""
    command = (
        built("kube-proxy"),
        f"--kubeconfig={kubeconfig(folder, 'proxy')}",
        f"--hostname-override={NODE_NAME}",
        f"--cluster-cidr={PODS}",
        "--proxy-mode=iptables",
        # These limits are the whole kernel's, and none of ours.
        "--conntrack-max-per-core=0",
        "--conntrack-tcp-timeout-established=0s",
        "--conntrack-tcp-timeout-close-wait=0s",
    )
    return part(folder, "proxy", *command), lambda: answers("http://127.0.0.1:10256/healthz")


def outside(folder: Path, python: str, *addresses: str) -> Program:
    """The process that plays everything outside of the cluster, in a network of its own."""
    script = Path(__file__).with_name("outside.py")
    return part(folder, "outside", found("unshare"), "--net", python, "-I", "-S", script, found("ip"), *addresses)
