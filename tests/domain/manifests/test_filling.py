"""Our variables: what stands for a URL, a host, an image in the values of a repository's own manifests."""

from dataclasses import replace

from domain.manifests.filling import references, variables
from domain.renderings import PREVIEW_VARIABLES, SERVICE_VARIABLES, filled
from tests.domain.manifests.cases import IMAGE
from tests.domain.manifests.requests import API, WEB, WORKER, deploy_request


def test_every_documented_variable_has_its_value() -> None:
    """Whatever the definition lets me write in braces becomes something."""
    request = deploy_request(WEB, API, WORKER)

    named = variables(request, "preview-shop-12")

    assert set(named) == {
        *PREVIEW_VARIABLES,
        *(f"{name}.{word}" for name in ("web", "api") for word in SERVICE_VARIABLES),
        "worker.image",
    }
    assert named["host"] == named["web.host"] == "shop-12.preview.localhost"
    assert named["url"] == "https://shop-12.preview.localhost:8443"
    assert named["api.host"] == "shop-12-api.preview.localhost"
    assert (named["namespace"], named["number"]) == ("preview-shop-12", "12")
    assert named["api.image"] == IMAGE
    assert filled({"a": ["{api.url}/x", 1]}, named) == {"a": ["https://shop-12-api.preview.localhost:8443/x", 1]}


def test_an_image_is_found_as_the_repository_writes_it() -> None:
    """A chart that puts the commit behind its repository's name is pinned like one that writes {web.image}."""
    web = replace(WEB, image="r.test/web:pr-{number}-{commit}")
    request = deploy_request(web, WORKER)

    assert references(request) == {f"r.test/web:pr-12-{request.revision.commit}": IMAGE}
