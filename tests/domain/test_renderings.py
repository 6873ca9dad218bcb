"""Filling in variables and values, whatever stands around them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter

from domain.definitions import Definition, Service
from domain.errors import PermanentError
from domain.renderings import Helm, Kustomize, Manifests, Rendering, filled, substituted, variables_in

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=5), one, max_size=3),
    max_leaves=10,
)
_PLAIN = st.text(st.characters(exclude_characters="{}$"))


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("{host}", "a.test"),
        ("https://{host}/{host}", "https://a.test/a.test"),
        ("{web.host}", "{web.host}"),
        ("{{host}}", "{{host}}"),
        ("{{ .Values.host }}", "{{ .Values.host }}"),
        ("${host}", "${host}"),
        ('{"host": 1}', '{"host": 1}'),
    ],
)
def test_only_a_variable_of_ours_is_filled_in(text: str, becomes: str) -> None:
    """Templates, shells and JSON keep their braces."""
    assert filled(text, {"host": "a.test"}) == becomes


@given(_JSON)
def test_without_variables_nothing_changes(value: Any) -> None:
    """Values of any shape arrive as they were written."""
    assert filled(value, {}) == value
    assert substituted([value], {}, limit=10**6) == [value]


@given(_PLAIN, _PLAIN, _PLAIN)
def test_what_is_filled_in_is_not_read_again(before: str, value: str, after: str) -> None:
    """A value that holds braces itself is text."""
    assert filled(f"{before}{{url}}{after}", {"url": f"{{host}}{value}", "host": "x"}) == (
        f"{before}{{host}}{value}{after}"
    )
    assert substituted([f"{before}${{A}}{after}"], {"A": f"${{B}}{value}", "B": "x"}, limit=10**6) == [
        f"{before}${{B}}{value}{after}"
    ]


def test_values_are_replaced_in_every_text_and_only_those_that_were_named() -> None:
    """A shell script in a ConfigMap keeps its own variables."""
    content = {"data": {"run.sh": "echo ${HOME} ${HOST} $HOST"}, "list": ["${HOST}", 1, None]}

    assert substituted([content], {"HOST": "a.test"}, limit=1000) == [
        {"data": {"run.sh": "echo ${HOME} a.test $HOST"}, "list": ["a.test", 1, None]}
    ]


def test_few_bytes_cannot_become_very_many() -> None:
    """A megabyte that names one long value again and again is refused before it fills the memory."""
    with pytest.raises(PermanentError, match="more than 4000000 bytes; use the values less often"):
        substituted(["${A}" * 100_000], {"A": "x" * 4000}, limit=4_000_000)


def test_variables_are_found_where_they_stand() -> None:
    """Whoever checks a definition sees every variable of it, known or not."""
    assert variables_in("{a.url} {{b}} {c} {D} {e.f}") == ("a.url", "c", "e.f")


@pytest.mark.parametrize(
    "rendering",
    [
        Helm(chart="deploy/shop", values={"a": [1, {"b": None}]}, values_files=("a.yaml",)),
        Kustomize(overlay="deploy/preview", values={"A": "{host}"}),
        Manifests(files=("deploy",), values={}),
        None,
    ],
)
def test_each_kind_crosses_temporal_as_itself(rendering: Rendering | None) -> None:
    """A worker reads from a history exactly what another one wrote into it."""
    converter = DataConverter.default.payload_converter
    definition = Definition(version=1, services=(Service(name="web", image="a"),), rendering=rendering)

    (payload,) = converter.to_payloads([definition])

    assert converter.from_payloads([payload], [Definition]) == [definition]


def test_a_definition_of_an_older_release_is_read() -> None:
    """Histories that were written before there were renderings go on."""
    payload = Payload(metadata={"encoding": b"json/plain"}, data=b'{"version": 1, "services": []}')

    assert DataConverter.default.payload_converter.from_payloads([payload], [Definition]) == [
        Definition(version=1, services=())
    ]
