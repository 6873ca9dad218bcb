"""Surveying: what of the things that previews need is in a cluster. Nothing is changed."""

from adapters.platforms.kubernetes.requesting import Api, Thing
from domain.installing import CERTIFICATES, GATEWAYS, KINDS, SECRET, Survey
from domain.manifests.inventory import Item
from domain.manifests.shapes import at, mapping_of, text_of

_OURS = "app.kubernetes.io/name=matinee"


async def survey(api: Api, namespace: str) -> Survey:
    """What is there; DeniedError names the right that is missing, TemporaryError an API server that is away."""
    namespaces = await _names(api, "v1", "Namespace")
    definition = "apiextensions.k8s.io/v1"
    kinds = frozenset([name for name in KINDS if await api.get(Item(definition, "CustomResourceDefinition", name))])
    ours = namespace in namespaces
    secret = await api.get(Item("v1", "Secret", SECRET), namespace) if ours else None
    deployments = await api.list("apps/v1", "Deployment", namespace, labels=_OURS) if ours else ()
    gateways = await _names(api, "gateway.networking.k8s.io/v1", "GatewayClass") if GATEWAYS in kinds else ()
    issuers = await _names(api, "cert-manager.io/v1", "ClusterIssuer") if CERTIFICATES in kinds else ()
    return Survey(
        kinds=kinds,
        gateway_classes=gateways,
        ingress_classes=await _names(api, "networking.k8s.io/v1", "IngressClass"),
        issuers=issuers,
        namespaces=frozenset(namespaces),
        # Their names only: what stands in them is nobody's business here.
        keys=frozenset(mapping_of(at(secret, "data"))),
        deployments=frozenset(_name(one) for one in deployments),
    )


async def _names(api: Api, version: str, kind: str) -> tuple[str, ...]:
    return tuple(sorted(_name(one) for one in await api.list(version, kind)))


def _name(one: Thing) -> str:
    return text_of(at(one, "metadata", "name"))
