"""Certifying: cert-manager, and the one certificate under which all previews are served."""

import base64
from pathlib import Path
from typing import Any

from tests.cluster.addresses import DOMAIN, DOMAIN_IN_PODS
from tests.cluster.control_plane import Part, kubeconfig, part
from tests.cluster.kubectl import Kubectl
from tests.cluster.routing import NAMESPACE, WILDCARD
from tools.kubernetes.building import MODULES, program

_ISSUERS = "cert-manager"
"""Where the Secrets of cluster issuers are."""

ISSUER = "preview"
"""The ClusterIssuer that signs for previews; its authority lies in the Secret `preview-authority`."""

_AUTHORITY = "preview-authority"
_API = "cert-manager.io/v1"


async def announce(kubectl: Kubectl) -> None:
    """Certificates and issuers are known to the API server."""
    await kubectl("apply", "--server-side", f"--filename={MODULES['certmanager'].place / 'crds'}")
    await kubectl("wait", "crd", "--all", "--for=condition=Established", "--timeout=30s")
    await kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _ISSUERS}})


def certmanager(folder: Path) -> Part:
    """Cert-manager's controllers; that they work is seen by the certificate."""
    command = (program("certmanager"), f"-kubeconfig={kubeconfig(folder, 'admin')}", f"-namespace={_ISSUERS}")

    async def started() -> bool:
        return True

    return part(folder, "certmanager", *command), started


async def order(kubectl: Kubectl) -> None:
    """An authority is to be made, and by it a certificate for every host of a preview, as pods call it too."""
    hosts = [f"*.{domain}" for domain in (DOMAIN, DOMAIN_IN_PODS)]
    await kubectl.apply(
        _issuer("selfsigned", {"selfSigned": {}}),
        _certificate(
            _AUTHORITY,
            _ISSUERS,
            {"isCA": True, "commonName": "matinee-test-previews", "issuerRef": _reference("selfsigned")},
        ),
        _issuer(ISSUER, {"ca": {"secretName": _AUTHORITY}}),
        _certificate(WILDCARD, NAMESPACE, {"dnsNames": hosts, "issuerRef": _reference(ISSUER)}),
    )


async def has_certificate(kubectl: Kubectl) -> bool:
    """Whether the certificate is there."""
    certificate = await kubectl.get("certificate", WILDCARD, f"--namespace={NAMESPACE}")
    conditions = certificate.get("status", {}).get("conditions", [])
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


async def hand_over(folder: Path, kubectl: Kubectl) -> None:
    """The file `previews.crt` in the folder is what clients trust."""
    secret = (await kubectl.get("secret", WILDCARD, f"--namespace={NAMESPACE}"))["data"]
    (folder / "previews.crt").write_bytes(base64.b64decode(secret["ca.crt"]))


def _issuer(name: str, how: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": _API, "kind": "ClusterIssuer", "metadata": {"name": name}, "spec": how}


def _certificate(name: str, namespace: str, what: dict[str, Any]) -> dict[str, Any]:
    """A certificate whose Secret has its name."""
    return {
        "apiVersion": _API,
        "kind": "Certificate",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"secretName": name, "privateKey": {"algorithm": "ECDSA", "size": 256}, **what},
    }


def _reference(issuer: str) -> dict[str, str]:
    return {"kind": "ClusterIssuer", "name": issuer}
