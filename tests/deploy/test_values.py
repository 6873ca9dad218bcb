"""The chart's values: all of them are documented, and the schema knows exactly those."""

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml

from tests.deploy.charts import CHART, LEAST, merged
from tools import chart_reference

SCHEMA: dict[str, Any] = json.loads((CHART / "values.schema.json").read_text())
DEFAULTS: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())


def test_the_page_is_what_the_values_say() -> None:
    """An operator reads the defaults that are in force. To mend: `python -m tools.chart_reference`."""
    assert chart_reference.PAGE.read_text() == chart_reference.rendered()


def test_every_value_is_documented() -> None:
    """No value is left to guessing: above each stands a sentence."""
    assert [one.path for one in chart_reference.values() if not one.meaning.endswith(".")] == []


def test_the_schema_knows_exactly_the_values() -> None:
    """A value that is there can be given, and one that is not is refused by its name."""
    known = set(leaves(SCHEMA)) - {"global"}
    assert known == {path for one in chart_reference.values() for path in spread(one)}


def test_the_defaults_obey_the_schema() -> None:
    """What is given need not repeat what stands there already."""
    jsonschema.validate(DEFAULTS, SCHEMA)
    jsonschema.validate(merged(DEFAULTS, LEAST), SCHEMA)


@pytest.mark.parametrize(
    "wrong",
    [
        {"installation": "Matinee"},
        {"image": {"digest": "latest"}},
        {"settings": {"PATH": "/bin"}},
        {"settings": {"MATINEE_DRAFTS": True}},
        {"secrets": [{"variable": "MATINEE_KEY_RING"}]},
        {"worker": {"grace": 10}},
        {"worker": {"resources": {"requests": None}}},
        {"receiver": {"replicas": "two"}},
        {"previews": {"namespacePrefix": ""}},
        {"previews": {"namespacePrefix": "preview"}},
        {"previews": {"registries": ["https://registry.example.com"]}},
        {"previews": {"pool": {"tolerations": [{"operator": "Exists"}]}}},
        {"previews": {"priorityClass": {"value": 2_000_000_000}}},
        {"previews": {"nameSpacePrefix": "preview-"}},
        {"externalSecrets": {"secrets": [{"name": "shop"}]}},
        {"templates": {"secrets": ["shop"]}},
        {"templates": {"secrets": {"acme shop": ["shop"]}}},
        {"templates": {"secrets": {"acme/*": ["s" * 64]}}},
    ],
    ids=json.dumps,
)
def test_the_schema_refuses(wrong: dict[str, Any]) -> None:
    """What would break later is told at once."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(merged(merged(DEFAULTS, LEAST), wrong), SCHEMA)


def leaves(schema: dict[str, Any], path: str = "") -> Iterator[str]:
    """Where the schema expects a value."""
    if path and "properties" not in schema:
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from leaves(inner, f"{path}.{name}" if path else name)


def spread(value: chart_reference.Value) -> list[str]:
    """The paths of a value, and of those that are documented together with it."""
    schema = SCHEMA
    for name in value.path.split("."):
        schema = schema["properties"][name]
    return list(leaves(schema, value.path))
