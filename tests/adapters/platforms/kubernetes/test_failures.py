"""What the API server refuses is told in words with a cure, and nothing of a Secret is repeated."""

import json

import pytest
from kubernetes.aio.client.exceptions import ApiException

from adapters.platforms.kubernetes.failures import (
    AbsentError,
    Attempt,
    ChangedError,
    DeniedError,
    ImmutableError,
    OtherError,
    UnknownKindError,
    told,
)
from domain.errors import MatineeError, NotYet, PermanentError, TemporaryError
from domain.phases import Reason

ATTEMPT = Attempt(verb="apply", kind="Deployment", api="apps/v1", name="web", namespace="preview-shop-12")


def refused(status: int, message: str, attempt: Attempt = ATTEMPT) -> MatineeError:
    """What is raised where the server answers so."""
    error = ApiException(status=status, reason="Refused")
    error.body = json.dumps({"message": message})
    with pytest.raises(MatineeError) as caught, told(attempt):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("status", "message", "kind", "said"),
    [
        (
            403,
            (
                'deployments.apps "web" is forbidden: User "system:serviceaccount:a:b" cannot patch resource '
                '"deployments" in API group "apps" in the namespace "preview-shop-12"'
            ),
            DeniedError,
            '{apiGroups: ["apps"], resources: [deployments], verbs: [patch]}',
        ),
        (
            403,
            (
                'secrets "web" is forbidden: User "system:serviceaccount:a:b" cannot get resource "secrets" in API '
                'group "" in the namespace "templates"'
            ),
            DeniedError,
            "verbs: [get], resourceNames: [web]}",
        ),
        (403, 'rolebindings "x" is forbidden: user "b" is attempting to grant RBAC permissions', DeniedError, "bind"),
        (
            403,
            (
                'persistentvolumeclaims "data" is forbidden: exceeded quota: matinee-quota, requested: '
                "requests.storage=9Gi, used: requests.storage=0, limited: requests.storage=4Gi"
            ),
            PermanentError,
            "quota is too small: it needs requests.storage=9Gi",
        ),
        (403, "unable to create new content in namespace x because it is being terminated", NotYet, "being removed"),
        (404, 'namespaces "x" not found', AbsentError, "not found"),
        (409, "the object has been modified", ChangedError, "has been modified"),
        (409, "Precondition failed: UID in precondition: a, UID in object meta: b", OtherError, "UID in"),
        (409, "the UID in the precondition (a) does not match the UID in record (b)", OtherError, "UID in"),
        (410, "The provided continue parameter is too old", TemporaryError, "too old"),
        (
            422,
            f'Job.batch "a" is invalid: spec.template: Invalid value: {"x" * 2000}: field is immutable',
            ImmutableError,
            "cannot",
        ),
        (
            422,
            (
                'StatefulSet.apps "queue" is invalid: spec: Forbidden: updates to statefulset spec for fields other '
                "than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
                "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
            ),
            ImmutableError,
            "updates to statefulset",
        ),
        (422, 'RoleBinding "x" is invalid: roleRef: Invalid value: cannot change roleRef', ImmutableError, "roleRef"),
        (422, "denied by policy: hosts (host)", PermanentError, "denied by policy"),
        (401, "Unauthorized", TemporaryError, "does not know who Matinee is"),
        (429, "too many requests", TemporaryError, "429"),
        (503, "apiserver is shutting down", TemporaryError, "shutting down"),
    ],
)
def test_a_refusal_is_told_in_words(status: int, message: str, kind: type[MatineeError], said: str) -> None:
    """Somebody who knows Kubernetes knows what to do, and Matinee whether asking again helps."""
    error = refused(status, message)

    assert type(error) is kind
    assert said in error.message


@pytest.mark.parametrize(("said", "wait"), [("7", 7.0), ("", None), ("Tue, 24 Nov 2026 12:00:00 GMT", None)])
def test_an_api_server_that_asks_for_time_gets_it(said: str, wait: float | None) -> None:
    """An API server with too much to do is not asked again before it wants to be."""
    error = ApiException(status=429, reason="Too Many Requests")
    error.headers = {"Retry-After": said}

    with pytest.raises(TemporaryError) as caught, told(ATTEMPT):
        raise error

    assert caught.value.retry_after == wait


def test_of_a_secret_nothing_is_repeated() -> None:
    """A server that quotes what it refuses does not put a password on the pull request."""
    attempt = Attempt(verb="apply", kind="Secret", name="matinee-database", namespace="preview-shop-12")

    assert "moonlight" not in refused(422, "Invalid value: moonlight-sonata", attempt).message


def test_a_secret_of_another_type_is_one_to_be_replaced() -> None:
    """That its type cannot be changed is known, although nothing of the answer is repeated."""
    attempt = Attempt(verb="apply", kind="Secret", name="stripe", namespace="preview-shop-12")

    error = refused(422, "type: Invalid value: moonlight-sonata: field is immutable", attempt)

    assert isinstance(error, ImmutableError)
    assert "moonlight" not in error.message


def test_a_path_that_leads_to_no_kind_is_told_as_a_kind_to_install() -> None:
    """What was uninstalled under a worker that runs is no object that somebody removed."""
    error = ApiException(status=404, reason="Not Found")
    error.body = "404 page not found\n"
    attempt = Attempt(verb="apply", kind="HTTPRoute", api="gateway.networking.k8s.io/v1", name="web", namespace="x")

    with pytest.raises(UnknownKindError, match=r"knows no HTTPRoute .*https://gateway-api") as caught, told(attempt):
        raise error

    assert caught.value.reason is Reason.PLATFORM_REFUSED


def test_an_answer_that_is_no_json_is_told_too() -> None:
    """A proxy in between that answers with a page of its own does not break anything."""
    error = ApiException(status=502, reason="Bad Gateway")
    error.body = "<html>"

    with pytest.raises(TemporaryError, match="Bad Gateway") as caught, told(ATTEMPT):
        raise error

    assert caught.value.reason is Reason.PLATFORM_UNAVAILABLE
