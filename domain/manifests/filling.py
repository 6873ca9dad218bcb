"""Filling: what our variables become in the values of a chart, an overlay or plain manifests of one deployment."""

from domain.manifests.routing import host_of
from domain.requests import DeployRequest


def variables(request: DeployRequest, namespace: str) -> dict[str, str]:
    """Every variable by its name, such as `api.url`; the first public service has the short names too."""
    named = {
        "namespace": namespace,
        "commit": request.revision.commit,
        "number": str(request.key.number),
    }
    for one in request.services:
        named[f"{one.service.name}.image"] = one.image.reference
        if one.url is not None:
            words = {"url": one.url.url, "host": host_of(one.url.url)}
            named |= {f"{one.service.name}.{word}": value for word, value in words.items()}
            named = words | named
    return named


def references(request: DeployRequest) -> dict[str, str]:
    """The pinned reference of every service's image, by the reference that its repository writes."""
    commit, number = request.revision.commit, str(request.key.number)
    return {
        one.service.image.replace("{number}", number).replace("{commit}", commit): one.image.reference
        for one in request.services
        if one.service.image is not None
    }
