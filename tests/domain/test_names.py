"""Names: keys are read as people write them, and labels never collide."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.names import Key, database_name, fingerprint, label_of, parse_key, service_label, workflow_id

REPOSITORIES = st.from_regex(r"[A-Za-z0-9_.-]{1,12}/[A-Za-z0-9_.-]{1,60}", fullmatch=True)
SMALL_WORDS = st.lists(st.sampled_from(["shop", "api", "1", "12", "h6583f8aa", "a"]), min_size=1, max_size=4)
NUMBERS = st.integers(1, 99_999)


@pytest.mark.parametrize("text", ["acme/shop#12", "acme/shop:12", "preview:acme/shop:12"])
def test_a_key_is_read_in_every_form_that_is_shown(text: str) -> None:
    """What a page, a comment or the Temporal UI shows can be pasted back."""
    assert parse_key(text) == Key("acme/shop", 12)


@pytest.mark.parametrize(
    "text", ["", "shop#12", "acme/shop", "acme/shop#", "acme/shop#01", "a b/c#1", "acme/shop#12\n"]
)
def test_what_is_no_key_is_refused_with_the_form_it_should_have(text: str) -> None:
    """A typo is answered with an example, not with a traceback about a regular expression."""
    with pytest.raises(ValueError, match="write it as OWNER/REPOSITORY#NUMBER"):
        parse_key(text)


@given(REPOSITORIES, NUMBERS)
def test_a_workflow_id_leads_back_to_its_key(repository: str, number: int) -> None:
    """The sweep can tell from a workflow's id which pull request it belongs to."""
    key = Key(repository, number)
    assert parse_key(workflow_id(key)) == key
    assert parse_key(str(key)) == key


@given(REPOSITORIES, NUMBERS)
def test_a_label_is_one_dns_label_with_room_for_a_service(repository: str, number: int) -> None:
    """Namespace, host and database names made of a label are valid everywhere."""
    label = label_of(Key(repository, number), home="acme")
    assert re.fullmatch(r"[a-z][a-z0-9-]*-[0-9]+", label), label
    assert len(label) <= 40
    assert len(service_label(label, "a" * 20)) <= 63
    assert len(database_name(label)) <= 63


def test_the_home_owner_has_plain_labels() -> None:
    """The usual case reads well: shop-12, not a hash."""
    assert label_of(Key("acme/shop", 12), home="acme") == "shop-12"


@given(SMALL_WORDS, SMALL_WORDS, st.sampled_from(["acme", "rival"]), st.sampled_from(["acme", "rival"]))
def test_hosts_of_two_keys_never_collide(one: list[str], other: list[str], owner: str, second: str) -> None:
    """No preview can be reached, or overwritten, under another one's host, services included."""
    first_key, second_key = Key(f"{owner}/{'-'.join(one)}", 12), Key(f"{second}/{'-'.join(other)}", 1)
    services = [None, "api", "api-1", "shop-12", "a"]
    first = {service_label(label_of(first_key, home="acme"), service) for service in services}
    others = {service_label(label_of(second_key, home="acme"), service) for service in services}
    assert not first & others


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_a_fingerprint_tells_its_parts_apart(one: list[str], other: list[str]) -> None:
    """Moving a letter from one file's name to its content makes another seed."""
    clean = [part.replace("\x00", "") for part in one], [part.replace("\x00", "") for part in other]
    assert (fingerprint(*clean[0]) == fingerprint(*clean[1])) == ("\x00".join(clean[0]) == "\x00".join(clean[1]))
