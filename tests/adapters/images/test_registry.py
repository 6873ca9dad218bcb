"""The registry image store against a fake registry that can do what no real one does at will."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.images.registry import RegistryImages
from domain.definitions import Service
from domain.errors import NotYet, PermanentError, TemporaryError
from domain.names import Key
from domain.phases import Reason
from domain.requests import ImageRequest
from domain.resources import Image, Removal
from tests.fakes.registries import PASSWORD, USER, FakeRegistry

_COMMIT = "3f9c21d0" * 5
_TEMPLATE = "registry.example.com/shop/web:pr-{number}-{commit}"
_TAG = f"pr-12-{_COMMIT}"
_NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def _store(registry: FakeRegistry, *, known: tuple[str, str] | None = None) -> RegistryImages:
    credentials = {"registry.example.com": known}
    return RegistryImages(credentials=credentials.get, client=registry.client, now=lambda: _NOW)


async def _resolved(store: RegistryImages, template: str | None = _TEMPLATE) -> Image:
    service = Service(name="web", image=template)
    wish = ImageRequest(key=Key("acme/shop", 12), label="shop-12", instance="hub", commit=_COMMIT, service=service)
    return await store.resolve(wish, lambda: None)


async def test_the_template_is_filled_and_pinned_by_digest() -> None:
    """What was looked at is what runs, whatever is pushed under the same tag later."""
    registry = FakeRegistry()
    digest = registry.push("shop/web", _TAG)

    image = await _resolved(_store(registry))

    assert image == Image(service="web", reference=f"registry.example.com/shop/web@{digest}", digest=digest)


async def test_an_image_that_is_still_being_built_is_waited_for() -> None:
    """My pipeline takes a while: I read which image is waited for, and it is found once it is there."""
    registry = FakeRegistry()

    with pytest.raises(NotYet, match=f"waiting for the image registry.example.com/shop/web:{_TAG}") as waiting:
        await _resolved(_store(registry))
    registry.push("shop/web", _TAG)

    assert waiting.value.reason is Reason.IMAGE_MISSING
    assert await _resolved(_store(registry))


async def test_a_private_registry_gives_its_image_for_a_token() -> None:
    """Credentials are shown to the token server alone; the registry sees the token."""
    registry = FakeRegistry(private=True)
    digest = registry.push("shop/web", _TAG)

    image = await _resolved(_store(registry, known=(USER, PASSWORD)))

    assert image.digest == digest
    assert [secret.split()[0] for _, secret in registry.secrets] == ["Basic", "Bearer"]


async def test_a_registry_with_passwords_only_is_given_the_password() -> None:
    """A small registry of one's own has no token server."""
    registry = FakeRegistry(basic=True)
    digest = registry.push("shop/web", _TAG)

    assert (await _resolved(_store(registry, known=(USER, PASSWORD)))).digest == digest


@pytest.mark.parametrize("known", [None, (USER, "wrong-secret")])
@pytest.mark.parametrize("kind", ["private", "basic"])
async def test_an_image_that_may_not_be_read_is_refused_with_the_cure(kind: str, known: tuple[str, str] | None) -> None:
    """No credentials, or wrong ones: I read what to set, and the secret itself nowhere."""
    registry = replace(FakeRegistry(), **{kind: True})
    registry.push("shop/web", _TAG)

    with pytest.raises(PermanentError, match=r"set credentials for registry\.example\.com") as refused:
        await _resolved(_store(registry, known=known))

    assert refused.value.reason is Reason.IMAGE_REFUSED
    assert "wrong-secret" not in refused.value.message


@pytest.mark.parametrize(
    "realm",
    [
        "https://evil.test/token",
        "http://registry.example.com/token",
        "https://registry.example.com.evil.test/token",
        "https://registry.example.com@evil.test/token",
        "no url",
    ],
)
async def test_credentials_go_to_no_other_place(realm: str) -> None:
    """A registry, or whoever answers in its place, sends the worker elsewhere for a token: nothing is sent there."""
    registry = FakeRegistry(private=True, realm=realm)

    with pytest.raises(PermanentError, match="asks for a token at"):
        await _resolved(_store(registry, known=(USER, PASSWORD)))

    assert registry.secrets == []


async def test_a_token_server_of_the_same_domain_is_asked() -> None:
    """The largest registries have their token server beside them: auth.docker.io, gitlab.com."""
    registry = FakeRegistry(private=True, realm="https://auth.example.com/token")
    registry.push("shop/web", _TAG)

    assert await _resolved(_store(registry, known=(USER, PASSWORD)))


@pytest.mark.parametrize(
    ("status", "asked", "wait"),
    [
        (429, "30", 30.0),
        (503, "Thu, 01 Jan 2026 12:01:00 GMT", 60.0),
        (503, "Thu, 01 Jan 2026 11:00:00 GMT", 0.0),
        (500, "soon", None),
    ],
)
async def test_limits_and_outages_are_waited_out_as_long_as_asked(status: int, asked: str, wait: float | None) -> None:
    """The registry is busy: it is asked again, and not before it wants to be."""
    registry = FakeRegistry(fails=(status, {"Retry-After": asked}))

    with pytest.raises(TemporaryError, match=f"answered {status}") as busy:
        await _resolved(_store(registry))

    assert not isinstance(busy.value, NotYet)
    assert busy.value.retry_after == wait


async def test_no_redirect_is_followed() -> None:
    """A registry that a stranger named cannot make the worker ask anybody else."""
    registry = FakeRegistry(fails=(307, {"Location": "https://evil.test/"}))

    with pytest.raises(PermanentError, match=r"refused us \(307\)"):
        await _resolved(_store(registry))

    assert len(registry.asked) == 1


async def test_a_digest_that_is_not_told_is_computed() -> None:
    """The header with the digest is a mere recommendation of the specification."""
    registry = FakeRegistry(tells_digest=False)
    digest = registry.push("shop/web", _TAG, b'{"schemaVersion": 2}')

    assert (await _resolved(_store(registry))).digest == digest


@pytest.mark.parametrize("template", [None, "registry.example.com/Shop:{commit}", "a b", "registry.example.com/x/../y"])
async def test_what_is_no_image_is_refused_with_an_example(template: str | None) -> None:
    """I build from the commit, or misspell the reference: I read what to write."""
    registry = FakeRegistry()

    with pytest.raises(PermanentError, match=r"write image: .*such as registry\.example\.com/") as refused:
        await _resolved(_store(registry), template)

    assert refused.value.reason is Reason.IMAGE_REFUSED
    assert registry.asked == []


async def test_nothing_is_left_behind_in_a_registry() -> None:
    """Images belong to whoever pushed them: teardown has nothing to do."""
    store = _store(FakeRegistry())
    removal = Removal(
        key=Key("acme/shop", 12), label="shop-12", port="images", instance="hub", generation=1, entries=()
    )

    assert store.entries("hub", "shop-12") == ()
    assert await store.remove(removal) == ()
    assert await store.list() == ()
