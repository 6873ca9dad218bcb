"""Running: what a container of the built-in definition gets, and how a command ends."""

from dataclasses import replace
from datetime import timedelta

from domain.manifests.building import built, job
from tests.domain.examples import NOON
from tests.domain.manifests.cases import RULES
from tests.domain.manifests.requests import WEB, deploy_request, one_of, run_request


def test_a_container_runs_without_root_on_a_root_that_it_cannot_write() -> None:
    """It writes to /tmp, which goes with it."""
    (container,) = one_of(built(deploy_request(WEB), RULES), "Deployment")["spec"]["template"]["spec"]["containers"]
    context = container["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["allowPrivilegeEscalation"] is False
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert {"name": "tmp", "mountPath": "/tmp"} in container["volumeMounts"]  # noqa: S108 - the container's own


def test_health_is_asked_as_the_public_host() -> None:
    """A framework that knows only its own host does not refuse the probe."""
    (container,) = one_of(built(deploy_request(WEB), RULES), "Deployment")["spec"]["template"]["spec"]["containers"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"] == {
            "path": "/healthz",
            "port": 8000,
            "httpHeaders": [{"name": "Host", "value": "shop-12.preview.localhost"}],
        }


def test_the_connection_is_named_and_never_written() -> None:
    """Whoever reads a Deployment reads no password."""
    (container,) = one_of(built(deploy_request(WEB), RULES), "Deployment")["spec"]["template"]["spec"]["containers"]
    by_name = {one["name"]: one for one in container["env"]}
    assert by_name["DATABASE_URL"]["valueFrom"]["secretKeyRef"] == {"name": "matinee-database", "key": "url"}
    assert by_name["PORT"]["value"] == "8000"
    assert by_name["MATINEE_FLAG_NEW_CHECKOUT"]["value"] == "true"


def test_dollars_reach_the_service_as_they_are_written() -> None:
    """Kubernetes would read `$(HOME)` and `$$` in its own way."""
    service = replace(WEB, environment={"PRICE": "$$5 $(HOME)"})
    (container,) = one_of(built(deploy_request(service), RULES), "Deployment")["spec"]["template"]["spec"]["containers"]
    assert container["command"] == ["serve", "--path=$$HOME"]
    assert {"name": "PRICE", "value": "$$$$5 $$(HOME)"} in container["env"]


def test_a_command_ends_by_its_deadline_and_runs_once() -> None:
    """A migration never outlives its lease, and a retry of the activity joins it."""
    made = job(run_request(), RULES, NOON)
    assert made["spec"]["activeDeadlineSeconds"] == 600
    assert (made["spec"]["backoffLimit"], made["spec"]["template"]["spec"]["restartPolicy"]) == (0, "Never")
    assert made["metadata"]["name"] == job(run_request(), replace(RULES, release="r2"), NOON)["metadata"]["name"]
    assert made["metadata"]["name"] != job(run_request(token="migrate:r2"), RULES, NOON)["metadata"]["name"]


def test_a_repetition_after_a_newer_release_does_not_change_the_template() -> None:
    """A Job's template cannot be changed, so that applying it again would fail."""
    later = job(run_request(), replace(RULES, release="r2"), NOON + timedelta(minutes=1))
    assert later["spec"]["template"] == job(run_request(), RULES, NOON)["spec"]["template"]


def test_a_deadline_that_has_passed_still_makes_a_job_that_the_api_takes() -> None:
    """It fails at once, with the deadline as its reason."""
    assert job(run_request(deadline=NOON), RULES, NOON + timedelta(hours=1))["spec"]["activeDeadlineSeconds"] == 1
