"""What a delivery means, and what is refused, as a pure function."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.messages import Close, Push
from domain.names import Key
from starter.receiving import BODY_LIMIT, PUSHES, Accepted, Message, Refused, receive
from tests.starter.deliveries import SECRET, headers, pull_event, signature

DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
EVENTS = st.fixed_dictionaries(
    {},
    optional={
        "action": st.sampled_from([*sorted(PUSHES), "closed", "assigned"]) | JSON_VALUES,
        "number": st.integers() | JSON_VALUES,
        "repository": st.fixed_dictionaries({"full_name": st.text() | st.just("acme/shop")}) | JSON_VALUES,
        "pull_request": st.fixed_dictionaries({"head": st.fixed_dictionaries({"sha": st.text()})}) | JSON_VALUES,
    },
)


@pytest.mark.parametrize("action", sorted(PUSHES))
def test_what_may_change_a_preview_becomes_a_push(action: str) -> None:
    """Whoever opens, pushes to, labels or edits a pull request gets its preview to look again."""
    body = pull_event(action)

    received = receive(headers(body), body, SECRET)

    push = Push(delivery=DELIVERY, event=action, commit="c" * 40)
    assert received == Accepted((Message(key=Key("acme/shop", 12), signal=push),))


def test_closed_becomes_a_close_by_the_forge() -> None:
    """Closing a pull request ends its preview, in nobody's name."""
    body = pull_event("closed")

    received = receive(headers(body), body, SECRET)

    assert received == Accepted((Message(key=Key("acme/shop", 12), signal=Close(delivery=DELIVERY, by="")),))


@pytest.mark.parametrize("event", ["ping", "registry_package", "package", "workflow_run", "issue_comment", "star"])
def test_other_events_are_accepted_and_ignored(event: str) -> None:
    """A webhook that sends everything shows no failed deliveries."""
    body = b'{"zen": "Design for failure."}'

    assert receive(headers(body, event=event), body, SECRET) == Accepted()


def test_other_actions_are_accepted_and_ignored() -> None:
    """Assigning a reviewer starts nothing."""
    body = pull_event("assigned")

    assert receive(headers(body), body, SECRET) == Accepted()


@pytest.mark.parametrize("wrong", ["", "sha256=", "sha256=" + "0" * 64, "sha1=abc", "sha256=\u2603"])
def test_a_wrong_signature_is_refused(wrong: str) -> None:
    """Nobody can start a preview by knowing the address of the webhook."""
    body = pull_event("opened")

    received = receive(headers(body) | {"x-hub-signature-256": wrong}, body, SECRET)

    assert isinstance(received, Refused)
    assert received.status == 401


def test_a_signature_counts_for_its_own_body_only() -> None:
    """A genuine signature cannot be put on another body."""
    genuine = headers(pull_event("opened"))

    received = receive(genuine, pull_event("opened", number=13), SECRET)

    assert isinstance(received, Refused)
    assert received.status == 401


def test_without_a_secret_nothing_is_genuine() -> None:
    """An installation whose secret was forgotten takes no webhooks, signed with nothing or not."""
    body = pull_event("opened")

    received = receive(headers(body, secret=""), body, "")

    assert isinstance(received, Refused)
    assert received.status == 401


def test_the_size_is_looked_at_before_the_signature() -> None:
    """A body above GitHub's limit is refused as too large, whoever signed it."""
    body = b" " * (BODY_LIMIT + 1)

    received = receive(headers(body), body, SECRET)

    assert isinstance(received, Refused)
    assert received.status == 413


def test_a_body_of_exactly_the_limit_is_read() -> None:
    """The largest delivery that GitHub makes is understood."""
    event = pull_event("opened")
    body = event + b" " * (BODY_LIMIT - len(event))

    assert isinstance(receive(headers(body), body, SECRET), Accepted)


@pytest.mark.parametrize("kind", ["", "application/x-www-form-urlencoded", "text/plain", "application/jsonx"])
def test_another_content_type_is_refused_with_the_cure(kind: str) -> None:
    """Whoever left the webhook at form encoding reads what to change."""
    body = pull_event("opened")

    received = receive(headers(body) | {"content-type": kind}, body, SECRET)

    assert received == Refused(415, "set the webhook's content type to application/json")


def test_a_content_type_with_its_charset_is_json() -> None:
    """A charset beside the type changes nothing."""
    body = pull_event("opened")

    received = receive(headers(body) | {"content-type": "Application/JSON; charset=utf-8"}, body, SECRET)

    assert isinstance(received, Accepted)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        pull_event("opened", number="12"),
        pull_event("opened", number=True),
        pull_event("opened", number=0),
        pull_event("opened", repository={"full_name": "no-owner"}),
        pull_event("opened", repository={"full_name": "acme/shop' OR 1=1"}),
        pull_event("opened", pull_request={}),
    ],
)
def test_what_github_never_sends_is_refused(body: bytes) -> None:
    """A sender that signs nonsense is told which field is wrong, and nothing starts."""
    received = receive(headers(body), body, SECRET)

    assert isinstance(received, Refused)
    assert received.status == 400
    assert "not what GitHub sends" in received.text


def test_an_event_without_its_name_is_refused() -> None:
    """What cannot be told apart is not guessed."""
    body = pull_event("opened")
    nameless = {name: value for name, value in headers(body).items() if name != "x-github-event"}

    assert receive(nameless, body, SECRET) == Refused(400, "the header X-GitHub-Event is missing")


def test_a_delivery_id_that_is_none_is_left_out() -> None:
    """Only ids as GitHub makes them get into the workflow's history."""
    body = pull_event("closed")

    received = receive(headers(body) | {"x-github-delivery": "x" * 5_000}, body, SECRET)

    assert received == Accepted((Message(key=Key("acme/shop", 12), signal=Close(delivery="", by="")),))


@given(body=st.binary(), extra=st.dictionaries(st.text(), st.text(), max_size=3))
def test_without_a_signature_no_body_is_looked_at(body: bytes, extra: dict[str, str]) -> None:
    """Whatever a stranger sends, the answer is the same 401."""
    received = receive(extra | {"x-hub-signature-256": ""}, body, SECRET)

    assert isinstance(received, Refused)
    assert received.status == 401


@given(event=EVENTS | JSON_VALUES, name=st.sampled_from(["pull_request", "ping", ""]))
def test_any_signed_json_gets_an_answer(event: object, name: str) -> None:
    """No signed delivery, however odd, makes the receiver fail."""
    body = json.dumps(event).encode()

    received = receive(headers(body, event=name), body, SECRET)

    assert isinstance(received, Accepted) or received.status == 400


@given(body=st.binary())
def test_any_signed_bytes_get_an_answer(body: bytes) -> None:
    """The same for what is no JSON at all."""
    received = receive(headers(body) | {"x-hub-signature-256": signature(body)}, body, SECRET)

    assert isinstance(received, Accepted) or received.status == 400
