"""Charts by the real helm: what usual ones become, and what hostile ones meet."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from adapters.rendering.calling import Limits
from domain.manifests.hooks import staged
from domain.renderings import Helm
from tests.adapters.rendering.workshop import CHART, VARIABLES, Workshop, needs_programs, website
from tests.domain.manifests.cases import IMAGE

pytestmark = needs_programs

_HELM = Helm(chart="deploy/shop")
_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"


@pytest.fixture
def shop(open_folder: Path) -> Workshop:
    """A repository with a chart that has no template yet."""
    workshop = Workshop(open_folder)
    workshop.write(CHART, "deploy/shop")
    return workshop


def _template(shop: Workshop, text: str, name: str = "a.yaml") -> None:
    shop.write({f"templates/{name}": text}, "deploy/shop")


def _data(shop_made: Any) -> dict[str, str]:
    (manifest,) = shop_made
    return manifest.content["data"]


async def test_values_variables_and_what_helm_knows_are_filled_in(shop: Workshop) -> None:
    """My chart gets its own values, those of my files, those of the definition, and the preview's facts."""
    shop.write({"values.yaml": "a: chart\nb: chart\nc: chart\n"}, "deploy/shop")
    shop.write({"preview.yaml": "b: file\nc: file\n"}, "deploy")
    _template(
        shop,
        _MAP % "{{ .Release.Name }}"
        + "data:\n  all: {{ .Values | toJson | quote }}\n  place: {{ .Release.Namespace }}\n"
        + "  kube: {{ .Capabilities.KubeVersion }}\n  first: '{{ .Release.IsInstall }}'\n"
        + "  routes: '{{ .Capabilities.APIVersions.Has \"gateway.networking.k8s.io/v1/HTTPRoute\" }}'\n",
    )
    values = {"c": "{api.host}", "image": "{web.image}", "n": [1, {"x": True}]}
    helm = Helm(chart="./deploy/shop/", values=values, values_files=("deploy/preview.yaml",))

    (manifest,) = await shop.render(helm)

    assert manifest.file == "./deploy/shop/templates/a.yaml"
    assert manifest.content["metadata"]["name"] == "shop"
    assert manifest.content["data"] == {
        "all": f'{{"a":"chart","b":"file","c":"{VARIABLES["api.host"]}","image":"{IMAGE}","n":[1,{{"x":true}}]}}',
        "place": VARIABLES["namespace"],
        "kube": "v1.34.0",
        "first": "true",
        "routes": "true",
    }


async def test_hooks_come_out_and_an_upgrade_is_told(shop: Workshop) -> None:
    """The migration of my chart is found as a hook, and templates may ask whether this is the first time."""
    hook = "metadata:\n  name: migrate\n  annotations: {helm.sh/hook: 'pre-install,pre-upgrade'}\n"
    _template(shop, f"apiVersion: batch/v1\nkind: Job\n{hook}", "hook.yaml")
    _template(shop, _MAP % "upgrade-{{ .Release.IsUpgrade }}")

    made = await shop.render(_HELM, upgrade=True)
    stages = staged([one.content for one in made], upgrade=True)

    assert [one.content["metadata"]["name"] for one in stages.before] == ["migrate"]
    assert [one["metadata"]["name"] for one in stages.objects] == ["upgrade-true"]


async def test_a_vendored_dependency_is_rendered(shop: Workshop) -> None:
    """What `helm dependency build` put into charts works, packed or not."""
    shop.write(
        {
            "Chart.yaml": CHART["Chart.yaml"]
            + "dependencies:\n"
            + "".join(
                f"- {{name: {name}, version: 0.1.0, repository: 'https://charts.test'}}\n"
                for name in ("cache", "queue")
            )
        },
        "deploy/shop",
    )
    inner = {"Chart.yaml": "apiVersion: v2\nname: cache\nversion: 0.1.0\n", "templates/c.yaml": _MAP % "cache"}
    shop.write(inner, "deploy/shop/charts/cache")
    _pack(shop.tree / "deploy/shop/charts/queue-0.1.0.tgz", "queue")

    made = await shop.render(_HELM)

    assert {one.file for one in made} == {
        "deploy/shop/charts/cache/templates/c.yaml",
        "deploy/shop/charts/queue/templates/q.yaml",
    }


def _pack(place: Path, name: str) -> None:
    files = {"Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 0.1.0\n", "templates/q.yaml": _MAP % name}
    with tarfile.open(place, "w:gz") as packed:
        for file, text in files.items():
            member = tarfile.TarInfo(f"{name}/{file}")
            member.size = len(text)
            packed.addfile(member, io.BytesIO(text.encode()))


async def test_a_dependency_that_is_not_vendored_is_never_fetched(shop: Workshop) -> None:
    """The server that a stranger's chart names is not asked, and I am told what to commit."""
    with website(b"apiVersion: v1\nentries: {}\n") as site:
        repository = f"http://127.0.0.1:{site.port}"
        shop.write(
            {
                "Chart.yaml": CHART["Chart.yaml"]
                + f"dependencies: [{{name: redis, version: 1.0.0, repository: '{repository}'}}]\n"
            },
            "deploy/shop",
        )

        said = await shop.refused(_HELM)

    assert site.asked == []
    assert "missing in charts/ directory: redis\nrun `helm dependency build` and commit the folder charts" in said


@pytest.mark.parametrize("reference", ["http://127.0.0.1:{port}/schema.json", "file:///etc/hostname", "../../secret"])
async def test_a_schema_of_values_reads_nothing_from_elsewhere(shop: Workshop, reference: str) -> None:
    """A reference in values.schema.json neither asks a server nor opens a file of the machine."""
    shop.write({"secret": '{"not": {}}'}, "..")
    with website(b'{"not": {}}') as site:
        schema = {"properties": {"a": {"$ref": reference.format(port=site.port)}}}
        shop.write({"values.schema.json": json.dumps(schema), "values.yaml": "a: 1\n"}, "deploy/shop")
        _template(shop, _MAP % "a")

        said = await shop.refused(_HELM)

    assert site.asked == []
    assert "cannot be rendered" in said
    assert "'not' failed" not in said


async def test_a_package_that_unfolds_to_a_gigabyte_is_refused(shop: Workshop) -> None:
    """A small file in charts that means a huge one costs no more than the limits."""
    place = shop.tree / "deploy/shop/charts/bomb-0.1.0.tgz"
    place.parent.mkdir()
    with tarfile.open(place, "w:gz") as packed:
        member = tarfile.TarInfo("bomb/templates/a.yaml")
        member.size = 1 << 30
        packed.addfile(member, _Zeros())

    assert (await shop.refused(_HELM)).startswith("the chart deploy/shop cannot be rendered: ")


class _Zeros(io.RawIOBase):
    """A file without an end."""

    def read(self, size: int = -1) -> bytes:
        """So many zeros."""
        return bytes(size)


@pytest.mark.parametrize(
    "expression",
    ['getHostByName "localhost"', '(.Files.Get "/etc/passwd")', '(.Files.Get "../../secret")', 'env "HOME"'],
)
async def test_no_function_of_a_template_sees_anything_of_the_machine(shop: Workshop, expression: str) -> None:
    """Neither names, nor files, nor variables can be read by a template."""
    shop.write({"secret": "hidden"})
    _template(shop, _MAP % "a" + f"data: {{found: {{{{ {expression} | quote }}}}}}\n")

    if expression.startswith("env"):
        assert 'function "env" not defined' in await shop.refused(_HELM)
    else:
        assert _data(await shop.render(_HELM)) == {"found": ""}


@pytest.mark.parametrize("target", ["../../../../secret", "/etc/passwd"])
async def test_a_link_out_of_the_repository_is_refused(shop: Workshop, target: str) -> None:
    """Helm follows links; we do not let it."""
    (shop.tree / "deploy/shop/templates").mkdir()
    (shop.tree / "deploy/shop/templates/a.yaml").symlink_to(target)

    assert await shop.refused(_HELM) == (
        "deploy/shop/templates/a.yaml leads out of the repository; copy what it names into the repository"
    )


async def test_lookup_is_refused_in_the_chart_and_finds_nothing_in_a_vendored_one(shop: Workshop) -> None:
    """My own chart is told that there is no cluster to ask; a foreign one must cope, as with `helm template`."""
    text = _MAP % "a" + 'data: {found: {{ lookup "v1" "Secret" "kube-system" "x" | toJson | quote }}}\n'
    inner = {"Chart.yaml": "apiVersion: v2\nname: c\nversion: 0.1.0\n", "templates/c.yaml": text}
    shop.write(inner, "deploy/shop/charts/c")
    assert _data(await shop.render(_HELM)) == {"found": "{}"}

    _template(shop, text)

    said = await shop.refused(_HELM)
    assert said.startswith("deploy/shop/templates/a.yaml uses `lookup` in line 4, and there is no cluster to look into")


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ range $i := until 100000000 }}{{ range until 100000000 }}{{ end }}{{ end }}", ("took longer", "memory")),
        ('{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}', ("rendering template has a nested",)),
        ('{{ repeat 100000000 "x" }}', ("makes more than 2000000 bytes", "memory", "took longer")),
        ('{{ $x := "x" }}{{ range until 40 }}{{ $x = print $x $x }}{{ end }}', ("memory", "took longer")),
        ("a: {{ .Values.", ("shop/templates/a.yaml:1",)),
        ('a: {{ fail "no host" }}', ("no host",)),
        ("a: b\n  c: d", ("YAML parse error on shop/templates/a.yaml",)),
        ('{{ fail "\x1b[31mred\x1b[0m\u202e" }}', ("red",)),
    ],
)
async def test_what_cannot_be_rendered_is_told_in_a_few_clean_lines(
    shop: Workshop, template: str, said: tuple[str, ...]
) -> None:
    """Endless loops, bombs and slips of the pen end soon, with a cause."""
    shop.limits = Limits(seconds=8)
    _template(shop, template)

    message = await shop.refused(_HELM)

    assert message.startswith("the chart deploy/shop cannot be rendered: ")
    assert any(words in message for words in said), message
    assert message.count("\n") <= 8
    assert message.isprintable() or set(message) - {"\n"} == set(message.replace("\n", "")), message
    assert "\x1b" not in message


async def test_ten_thousand_objects_are_refused(shop: Workshop) -> None:
    """A loop around an object is no load for the worker."""
    _template(shop, "{{ range until 10000 }}\n---\n" + _MAP % "a{{ . }}" + "{{ end }}")

    assert await shop.refused(_HELM) == (
        "what deploy/shop renders as shop has more than 1000 objects; no preview needs so many"
    )


async def test_a_folder_that_is_no_chart_is_named(shop: Workshop) -> None:
    """A slip in the definition is told as one."""
    assert (await shop.refused(Helm(chart="deploy"))).startswith("deploy is no chart, as it has no Chart.yaml")
    assert "no/chart is not in the repository" in await shop.refused(Helm(chart="no/chart"))


async def test_two_renderings_of_one_commit_are_the_same(shop: Workshop) -> None:
    """A repetition of a deployment changes nothing."""
    _template(shop, _MAP % "a" + "data: {c: '{{ .Values.c }}'}\n")
    helm = Helm(chart="deploy/shop", values={"c": "{commit}"})

    assert await shop.render(helm) == await shop.render(helm)
