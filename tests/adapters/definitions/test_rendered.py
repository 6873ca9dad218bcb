"""Definitions of repositories that have manifests of their own: a chart, an overlay, or plain files."""

import pytest

from adapters.definitions.reading import YamlDefinitions
from domain.definitions import Definition, Service
from domain.errors import PermanentError
from domain.renderings import Helm, Kustomize, Manifests

_SERVICES = "services:\n  web: {image: 'r.example.com/web:{commit}', public: true, health: /healthz}\n"


def _read(text: str) -> Definition:
    return YamlDefinitions().read(text.encode())


def _refused(text: str) -> str:
    with pytest.raises(PermanentError) as refused:
        _read(text)
    return refused.value.message


def test_a_chart_is_read_with_its_values() -> None:
    """The values of my chart may be of any shape, and hold variables of the preview."""
    definition = _read(
        "version: 1\nhelm:\n  chart: deploy/shop\n  values: {host: '{web.host}', replicas: 2, tags: ['{commit}']}\n"
        "  values_files: [deploy/preview.yaml]\n" + _SERVICES
    )

    values = {"host": "{web.host}", "replicas": 2, "tags": ["{commit}"]}
    assert definition.rendering == Helm(chart="deploy/shop", values=values, values_files=("deploy/preview.yaml",))
    assert definition.services == (
        Service(name="web", image="r.example.com/web:{commit}", public=True, health="/healthz"),
    )


def test_an_overlay_and_plain_files_are_read_with_their_values() -> None:
    """Kustomize and plain manifests get values by name, which are text."""
    overlay = _read(
        "version: 1\nkustomize: {overlay: deploy/preview, values: {HOST: '{host}', COUNT: 2}}\n" + _SERVICES
    )
    files = _read("version: 1\nmanifests: {files: [deploy, extra.yaml]}\n" + _SERVICES)

    assert overlay.rendering == Kustomize(overlay="deploy/preview", values={"HOST": "{host}", "COUNT": "2"})
    assert files.rendering == Manifests(files=("deploy", "extra.yaml"))


@pytest.mark.parametrize(
    ("chart", "release"),
    [
        ("deploy/shop", "shop"),
        ("deploy/Shop_Chart/", "shop-chart"),
        ("oci://registry.example.com/charts/shop:1.2.3", "shop"),
        (f"oci://registry.example.com/charts/shop@sha256:{'a' * 64}", "shop"),
        (".", "preview"),
    ],
)
def test_a_release_is_named_as_its_chart(chart: str, release: str) -> None:
    """The objects of a chart have the names that they have elsewhere, in every preview the same."""
    definition = _read(f"version: 1\nhelm: {{chart: '{chart}'}}\n" + _SERVICES)

    assert isinstance(definition.rendering, Helm)
    assert definition.rendering.release == release


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("helm: {}", "line 2: helm.chart: is missing; write the folder of the chart"),
        ("helm: {chart: /etc}", 'line 2: helm.chart: "/etc" is no chart; write a folder of the repository'),
        ("helm: {chart: https://a.test/b}", "is no chart; write a folder of the repository"),
        ("helm: {chart: 'oci://a.test/b'}", "a reference with its version such as oci://"),
        ("helm: {chart: a/../../b}", 'line 2: helm.chart: "a/../../b" leads out of the repository'),
        ("helm: {chart: a, values_files: [../b]}", "line 2: helm.values_files[0]: "),
        ("helm: {chart: a, value: {}}", "helm.value: value is not known here; did you mean values?"),
        ("kustomize: {}", "line 2: kustomize.overlay: is missing; write the folder of the overlay"),
        ("kustomize: {overlay: ../b}", "kustomize.overlay: "),
        ("kustomize: {overlay: a, values: {A-B: c}}", '"A-B" is no name of a variable'),
        ("kustomize: {overlay: a, values: {A: [b]}}", "kustomize.values.A: a list is no text"),
        ("manifests: {files: []}", "line 2: manifests.files: a list is no list of paths; write one to 20"),
        ("manifests: {files: [a, ../b]}", 'line 2: manifests.files[1]: "../b" leads out of the repository'),
        ("helm: {chart: a}\nmanifests: {files: [b]}", "line 3: manifests: stands beside helm"),
        ("helm: {chart: a, values: {h: '{api.host}'}}", '"{api.host}" names no public service; write one of web'),
        ("helm: {chart: a, values: {h: ['{api.image}']}}", '"{api.image}" names no service; write one of web'),
        ("helm: {chart: a, values: {n: '{namespac}'}}", "is no variable; did you mean {namespace}?"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_cure(written: str, said: str) -> None:
    """I read where my mistake is and what to write in its place."""
    assert said in _refused(f"version: 1\n{written}\n{_SERVICES}")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("build: make", "services.web.build: has no meaning on a cluster"),
        ("image: a, command: b", "services.web.command: is what the repository's own manifests say"),
        ("image: a, port: 80", "services.web.port: is what"),
        ("image: a, environment: {A: b}", "services.web.environment: is what"),
        ("image: a, resources: {cpu: 1}", "services.web.resources: is what"),
        ("health: /", "services.web: runs on a cluster and has no image"),
    ],
)
def test_what_the_manifests_say_is_not_said_twice(field: str, said: str) -> None:
    """A field that would have no effect is refused rather than left to puzzle me."""
    assert said in _refused(f"version: 1\nhelm: {{chart: a}}\nservices:\n  web: {{public: true, {field}}}\n")


def test_the_service_that_migrates_has_an_environment_for_its_commands() -> None:
    """Commands of the database run in a service's image, and may need variables and memory of their own."""
    definition = _read(
        "version: 1\nhelm: {chart: a}\nservices:\n  web: {image: a, public: true, environment: {A: b},"
        " resources: {memory: 1Gi}}\ndatabase: {migrate: m, migrations: n}\n"
    )

    assert definition.services[0].environment == {"A": "b"}


def test_braces_that_are_not_ours_are_left_alone() -> None:
    """Templates, shells and log formats write braces too."""
    values = {"a": "{{ .Values.b }}", "b": "${url}", "c": '{"a": 1}', "d": "{level} {message}"}
    written = "".join(f"    {name}: '{text}'\n" for name, text in values.items())

    definition = _read(f"version: 1\nhelm:\n  chart: a\n  values:\n{written}{_SERVICES}")

    assert isinstance(definition.rendering, Helm)
    assert definition.rendering.values == values
