"""Definitions: what services are told of each other."""

from dataclasses import replace

import pytest

from domain.definitions import DatabaseDefinition, Resources, Service, ServiceUrl, environment_of, references
from tests.domain.examples import definition

URLS = (ServiceUrl("web", "http://shop"), ServiceUrl("price-list", "http://shop-price-list"))


def test_references_to_siblings_become_their_addresses() -> None:
    """A page is given the address of the API that belongs to the same preview."""
    service = Service(name="web", environment={"API": "{price-list.url}/v1", "MODE": "preview"})

    assert references(service) == {"price-list"}
    assert environment_of(service, URLS) == {
        "API": "http://shop-price-list/v1",
        "MODE": "preview",
        "MATINEE_URL_WEB": "http://shop",
        "MATINEE_URL_PRICE_LIST": "http://shop-price-list",
    }


def test_a_service_may_say_itself_what_we_would_tell_it() -> None:
    """What the repository says wins over what is given to every service."""
    service = Service(name="web", environment={"MATINEE_URL_WEB": "http://elsewhere"})

    assert environment_of(service, URLS)["MATINEE_URL_WEB"] == "http://elsewhere"


def test_braces_that_are_no_reference_are_left_alone() -> None:
    """JSON in a variable is not mistaken for a reference."""
    service = Service(name="web", environment={"LIMITS": '{"cpu": 1}'})

    assert references(service) == frozenset()
    assert environment_of(service, URLS)["LIMITS"] == '{"cpu": 1}'


def test_what_a_migration_may_use_is_what_its_service_may() -> None:
    """The platform knows before the first push what will run beside the services at the second."""
    api = Service(name="api", resources=Resources(cpu=2.0))
    whole = replace(definition(), services=(Service(name="web"), api), database=DatabaseDefinition(service="api"))

    assert whole.migration is None
    assert replace(whole, database=None).migration is None
    migrating = DatabaseDefinition(service="api", migrate=("migrate",))
    assert replace(whole, database=migrating).migration == Resources(cpu=2.0)


def test_a_service_is_found_by_its_name_or_is_the_first() -> None:
    """A database that names no service is migrated in the first one."""
    assert definition().service("api").name == "api"
    assert definition().service("").name == "web"
    assert [service.name for service in definition().public] == ["web", "api"]


def test_a_service_that_is_not_there_is_said() -> None:
    """A name that no service has ends in an error, not in another service."""
    with pytest.raises(StopIteration):
        definition().service("nobody")
