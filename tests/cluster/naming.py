"""Naming: CoreDNS, which tells pods the addresses of Services, and everybody where previews have their hosts."""

from pathlib import Path
from typing import Any

import dns.asyncresolver
import dns.exception

from tests.cluster.addresses import CLUSTER_DOMAIN, DOMAIN, DOMAIN_IN_PODS, NAME_SERVICE, NODE
from tests.cluster.control_plane import Part, kubeconfig, part
from tests.cluster.guarding import PLAYS
from tests.cluster.kubectl import Kubectl
from tools.kubernetes.building import program

# Nobody outside is asked: what a test needs to find is inside, and every other name does not exist.
_OPTIONS = """\
{cluster}:53 in-addr.arpa:53 {{
  bind {node}
  errors
  kubernetes {cluster} in-addr.arpa {{
    kubeconfig {kubeconfig}
    pods insecure
    ttl 5
  }}
  cache 5
}}
{domain}:53 {in_pods}:53 {{
  bind {node}
  template IN A {{
    answer "{{{{ .Name }}}} 5 IN A {node}"
  }}
  template ANY ANY {{
    rcode NOERROR
  }}
}}
.:53 {{
  bind {node}
  template ANY ANY {{
    rcode NXDOMAIN
  }}
}}
"""

_SERVICE: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "kube-dns", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
    "spec": {
        "clusterIP": NAME_SERVICE,
        "ports": [
            {"name": "dns", "port": 53, "protocol": "UDP"},
            {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
        ],
    },
}
"""It has no selector: the name server is no pod, but a process of the node."""

_ENDPOINTS: dict[str, Any] = {
    "apiVersion": "discovery.k8s.io/v1",
    "kind": "EndpointSlice",
    "metadata": {
        "name": "kube-dns-node",
        "namespace": "kube-system",
        # For NetworkPolicies it is the pod that the name server is elsewhere.
        "labels": {"kubernetes.io/service-name": "kube-dns", "k8s-app": "kube-dns", PLAYS: "true"},
    },
    "addressType": "IPv4",
    "endpoints": [{"addresses": [NODE], "conditions": {"ready": True}}],
    "ports": [
        {"name": "dns", "port": 53, "protocol": "UDP"},
        {"name": "dns-tcp", "port": 53, "protocol": "TCP"},
    ],
}


async def announce(kubectl: Kubectl) -> None:
    """Pods are led to the name server by the address that the kubelet tells them."""
    await kubectl.apply(_SERVICE, _ENDPOINTS)


def name_server(folder: Path) -> Part:
    """CoreDNS; it works once a name is found by way of its Service, as pods look for one."""
    options = folder / "Corefile"
    # It may read everything that it needs to, and is no pod whose rights a test could be about.
    options.write_text(
        _OPTIONS.format(
            node=NODE,
            cluster=CLUSTER_DOMAIN,
            kubeconfig=kubeconfig(folder, "admin"),
            domain=DOMAIN,
            in_pods=DOMAIN_IN_PODS,
        )
    )
    return part(folder, "coredns", program("coredns"), "-conf", options), _finds_names


async def _finds_names() -> bool:
    """Whether the API server's Service has an address."""
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = [NAME_SERVICE]
    try:
        return bool(await resolver.resolve(f"kubernetes.default.svc.{CLUSTER_DOMAIN}", lifetime=1))
    except dns.exception.DNSException:
        return False
