"""Reading manifests: the same objects as kubectl reads, and the file that each is from."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.rendering.reading import FILE_LIMIT, from_file, from_helm, from_kustomize, scalar
from domain.errors import PermanentError


class Quoting(yaml.SafeDumper):
    """Writes text in quotes: PyYAML leaves 08 and 0E0 without, which kubectl and we take for numbers."""

    def text(self, text: str) -> yaml.ScalarNode:
        """The text, which nobody can take for anything else."""
        return yaml.ScalarNode("tag:yaml.org,2002:str", text, style='"')


Quoting.add_representer(str, Quoting.text)

_TEXT = st.text(st.characters(exclude_categories=("C",)))
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | _TEXT,
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text("abc/.-", min_size=1), one, max_size=3),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0644", 420),
        ("0o644", 420),
        ("0x1F", 31),
        ("0", 0),
        ("-12", -12),
        ("08", 8),
        ("0.5", 0.5),
        ("1e3", 1000.0),
        ("1e999", "1e999"),
        ("True", True),
        ("yes", "yes"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("500m", "500m"),
        ("~", None),
        ("", None),
        (".", "."),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_scalars_mean_what_kubectl_takes_them_for(written: str, value: object) -> None:
    """A file mode stays octal, a word stays a word, and no number is too long to be read."""
    assert scalar(written) == value
    assert type(scalar(written)) is type(value)


@given(st.text())
def test_every_scalar_is_read(text: str) -> None:
    """Whatever a stranger writes is some plain value."""
    assert scalar(text) is None or isinstance(scalar(text), str | int | float)


@given(st.dictionaries(st.text("abc/.-", min_size=1), _JSON, min_size=1))
@example({"a": "08"})
@example({"a": "0E0"})
def test_what_is_written_as_json_or_yaml_is_read_as_it_was(content: dict[str, Any]) -> None:
    """My objects are those that I wrote."""
    for text in (json.dumps(content, ensure_ascii=False), yaml.dump(content, Dumper=Quoting, default_flow_style=False)):
        (manifest,) = from_file("a.yaml", text.encode())
        assert manifest.content == content
        assert manifest.file == "a.yaml"


def test_a_list_is_the_objects_in_it_and_an_empty_document_none() -> None:
    """What `kubectl get -o yaml` writes can be read back."""
    text = b"---\n---\nkind: List\napiVersion: v1\nitems: [{a: 1}, {b: 2}]\n---\n# nothing\n---\nc: 3\n"

    assert [one.content for one in from_file("a.yaml", text)] == [{"a": 1}, {"b": 2}, {"c": 3}]


def test_an_object_of_a_chart_knows_its_template() -> None:
    """A refusal names the file of mine that I have to open."""
    web, inner = b"# Source: shop/templates/web.yaml\n", b"# Source: shop/charts/c/templates/d.yaml\n"
    text = b"---\n" + web + b"a: 1\n---\nb: 2\n---\n" + inner + b"c: 3\n"

    found = from_helm(text, "shop", "deploy/shop")

    assert [one.file for one in found] == [
        "deploy/shop/templates/web.yaml",
        "deploy/shop/templates/web.yaml",
        "deploy/shop/charts/c/templates/d.yaml",
    ]


def test_an_object_of_an_overlay_knows_the_file_that_it_began_in() -> None:
    """The same for a base two folders away; the note of it does not reach the cluster."""
    origin = "config.kubernetes.io/origin: 'path: tree/deploy/base/web.yaml\n\n'"
    text = f"a: 1\nmetadata: {{annotations: {{{origin}}}}}\n---\nb: 2\n".encode()

    first, second = from_kustomize(text, "deploy/preview")

    assert (first.file, second.file) == ("deploy/base/web.yaml", "deploy/preview")
    assert first.content["metadata"]["annotations"] == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a: 1\nb: 2\na: 3", "a.yaml: line 3: a: stands here twice, first in line 1; leave one out"),
        (b"a: " + b"x" * 3_000_000, f"a.yaml: line 1: the file has 3000003 bytes; write at most {FILE_LIMIT}"),
        (b"[" * 100_000, "more than 60 levels deep"),
        (b"a: [", "a.yaml: line 2: this is no YAML"),
        (b"a: !!python/object/apply:os.system [id]", "is not read here; leave it out"),
        (b"8080: a", "a.yaml: line 1: a key here is no text; put it into quotes"),
        (b"a: 1\n---\n" * 10_000, "a.yaml has more than 1000 objects; no preview needs so many"),
        (
            b"a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
            + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b", ".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 9)),
            "aliases make this too large",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(content: bytes, said: str) -> None:
    """A slip, a file for an image and a bomb all end in a sentence, at once."""
    with pytest.raises(PermanentError) as refused:
        from_file("a.yaml", content)

    assert said in refused.value.message


def test_what_a_template_renders_is_refused_by_the_templates_name() -> None:
    """The lines are those of what came out, so the file that I have to open is named besides."""
    text = b"---\n# Source: shop/templates/web.yaml\na: 1\nb: {c: 2, c: 3}\n"

    with pytest.raises(PermanentError) as refused:
        from_helm(text, "shop", "deploy/shop")

    assert refused.value.message == (
        "deploy/shop/templates/web.yaml: what deploy/shop renders as shop: line 4: b.c: stands here twice, first in "
        "line 4; leave one out"
    )
