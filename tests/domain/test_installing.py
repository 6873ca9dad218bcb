"""What a cluster lacks is said in the order in which to add it, each with what to type."""

from dataclasses import replace

import pytest

from domain.installing import CERTIFICATES, GATEWAYS, KEYS, KINDS, Survey, steps

WHOLE = Survey(
    kinds=frozenset(KINDS),
    gateway_classes=("traefik",),
    issuers=("letsencrypt",),
    namespaces=frozenset({"matinee-system"}),
    keys=frozenset(KEYS),
    deployments=frozenset({"matinee-worker"}),
)


def missing(found: Survey, *, temporal: str = "") -> list[str]:
    """The names of what has to be done."""
    return [one.name for one in steps(found, "matinee-system", temporal=temporal) if not (one.done or one.optional)]


def test_nothing_is_missing_where_all_is_there() -> None:
    """Who has done everything is told so."""
    assert missing(WHOLE) == []


def test_an_empty_cluster_lacks_everything_in_order() -> None:
    """What is needed by another comes before it."""
    assert missing(Survey()) == ["gateway-api", "controller", "namespace", "secret", "chart"]


def test_every_step_that_is_not_done_says_what_to_type() -> None:
    """Nobody is left with a cross and no cure."""
    found = steps(Survey(), "elsewhere", temporal="no Temporal answers", databases=("no server is set",))
    assert [one for one in found if not one.command or not one.note or one.done] == []
    assert [one.command for one in found if one.name == "namespace"] == ["kubectl create namespace elsewhere"]


def test_an_ingress_controller_is_enough() -> None:
    """A cluster without the Gateway API serves previews too."""
    kinds = WHOLE.kinds - {GATEWAYS}
    assert missing(replace(WHOLE, kinds=kinds, gateway_classes=(), ingress_classes=("nginx",))) == []


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (replace(WHOLE, issuers=()), "issuer"),
        (replace(WHOLE, keys=frozenset({"password", "token"})), "secret"),
        (replace(WHOLE, deployments=frozenset()), "chart"),
        (replace(WHOLE, gateway_classes=()), "controller"),
    ],
)
def test_one_missing_thing_is_named(found: Survey, name: str) -> None:
    """Of an installation that is half made, only the other half is asked for."""
    assert missing(found) == [name]


def test_an_app_needs_no_token() -> None:
    """What another forge or database does without is named, and no step that is never done."""
    found = replace(WHOLE, keys=frozenset({"ring", "key", "webhook"}))

    assert missing(found) == []
    (note,) = [one.note for one in steps(found, "matinee-system", temporal="") if one.name == "secret"]
    assert (
        note == "matinee has key, ring, webhook, and not password, token, which an App or another database does without"
    )


def test_certificates_of_ones_own_need_no_issuer() -> None:
    """Without cert-manager, which can be done without, nobody is asked for an issuer of it."""
    assert missing(replace(WHOLE, kinds=WHOLE.kinds - {CERTIFICATES}, issuers=())) == []


def test_what_is_wrong_with_temporal_is_said() -> None:
    """An address that answers nobody is a step too."""
    assert missing(WHOLE, temporal="no Temporal answers at temporal:7233") == ["temporal"]
