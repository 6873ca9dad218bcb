"""The JSON Schema says what the reader does, as far as a schema can say it."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from hypothesis import given
from hypothesis import strategies as st

from adapters.definitions.parsing import parse
from adapters.definitions.reading import YamlDefinitions, shaped
from adapters.definitions.schema import schema, text
from domain.definitions import Definition
from domain.errors import PermanentError

_ROOT = Path(__file__).parents[3]
_REFERENCE = _ROOT / "docs" / "reference"
_VALIDATOR: Any = jsonschema.Draft202012Validator(schema())

_JUNK: tuple[Any, ...] = (None, True, 0, -1, 7, 1.5, "", " ", "words and words", "x" * 5000, [], {}, [1], {"a": 1})
_WORDS = ("make", "a b", ["python3", "-m", "x"], [""], ["a", 1])


def _mostly(good: st.SearchStrategy[Any], *others: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """So often the good one that a whole document is good every now and then."""
    return st.integers(0, 19).flatmap(lambda throw: st.one_of(*others) if throw == 0 else good)


def _field(*values: Any) -> st.SearchStrategy[Any]:
    """Mostly the first of these values, which is good; sometimes another, or something else."""
    return _mostly(st.just(values[0]), st.sampled_from(values), st.sampled_from(_JUNK))


def _mapping(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


_NAMES = _mostly(
    st.sampled_from(("web", "api", "a-b2")), st.sampled_from(("2a", "Web", "a--b", "a-2", "x" * 21, "é", ""))
)
_VARIABLES = st.sampled_from(("A", "_a1", "1A", "A-B", "A" * 101, "Ä"))
_TEXTS = st.sampled_from(("", "a", "{api.url}", 5, True, 1.5, None, "x" * 4001, []))
_ENVIRONMENT = _mostly(
    st.dictionaries(st.sampled_from(("A", "B_1")), st.sampled_from(("a", "", 5, True)), max_size=2),
    st.dictionaries(_VARIABLES, _TEXTS, max_size=3),
    st.sampled_from(_JUNK),
)
_RESOURCES = _mapping(
    cpu=_field(0.5, 1, 64, 65, 0.01, "500m", "50m", "49m", "64000m", "64001m", "m", "0.5"),
    memory=_field("512Mi", "1Gi", "0Mi", "512", "1gi", "1000000Gi"),
    processes=_field(1, 64, 4097),
)
_PARTS = _mapping(
    image=_field("a", "r.example.com/a:pr-{number}-{commit}", "{branch}", "a b", "x" * 301),
    build=_field(*_WORDS),
    command=_field(*_WORDS),
    port=_field(1, 8000, 65535, 65536, "80"),
    public=_field(True, False, "yes"),
    health=_field("/", "/healthz?x=1", "healthz", "//x", "/ä", "/" + "x" * 200),
    environment=_ENVIRONMENT,
    resources=_mostly(_RESOURCES, st.sampled_from(_JUNK)),
)
_DATABASE = _mapping(
    kind=_field("postgres", "mysql"),
    service=_field("api", "API"),
    migrate=_field(*_WORDS),
    migrations=_field("migrations", "a/b", "/etc", "a\\b"),
    seed=_field(*_WORDS),
    seed_files=_field(["a", "b"], ["/a"], ["a"] * 21),
    variable=_field("DATABASE_URL", "A B"),
)
_VALUES = _mostly(st.dictionaries(_VARIABLES, _TEXTS, max_size=2), st.sampled_from(_JUNK))
_RENDERINGS = _mapping(
    helm=_mapping(
        chart=_field("deploy/shop", "oci://r.test/a:1", "oci://r.test/a", "/a", "a:b", "a\\b", ""),
        values=_field({}, {"a": [1, {"b": None}]}, [], "a"),
        values_files=_field(["a"], [], ["/a"], "a"),
    ),
    kustomize=_mapping(overlay=_field("a", "/a", "", 1), values=_VALUES),
    manifests=_mapping(files=_field(["a", "b/c"], [], ["/a"], "a"), values=_VALUES),
)


def _sometimes_more(part: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return _mostly(part, part.map(lambda known: known | {"unknown": 1}))


# Of two that are generated one goes, so that exactly one of image and build is there as a rule.
_SERVICE = st.tuples(_PARTS, _field("image", "build", "")).map(
    lambda pair: {name: value for name, value in pair[0].items() if name != pair[1]}
)
_SERVICES = st.dictionaries(_NAMES, _sometimes_more(_SERVICE), min_size=1, max_size=2)
_DOCUMENTS = _sometimes_more(
    st.fixed_dictionaries(
        {"version": _field(1, 2, "1", True), "services": _mostly(_SERVICES, st.sampled_from(_JUNK))},
        optional={
            "database": _mostly(_sometimes_more(_DATABASE), st.sampled_from(_JUNK)),
            "flags": _ENVIRONMENT,
            "lifetime": _field("7d", "1w12h", "0h", "7", "7m", "1d" * 11),
        },
    )
)


@given(_DOCUMENTS)
def test_schema_and_reader_agree(document: dict[str, Any]) -> None:
    """What my editor marks as wrong the reader refuses, and what the reader finds misshapen my editor marks."""
    _require_agreement(document)


@given(_sometimes_more(_SERVICE))
def test_schema_and_reader_agree_on_a_service(service: dict[str, Any]) -> None:
    """The same for one service in an otherwise good file, where a single mistake decides."""
    _require_agreement({"version": 1, "services": {"web": service}})


@given(_sometimes_more(_DATABASE))
def test_schema_and_reader_agree_on_a_database(database: dict[str, Any]) -> None:
    """The same for the database."""
    _require_agreement({"version": 1, "services": {"web": {"build": "make"}}, "database": database})


@given(_RENDERINGS)
def test_schema_and_reader_agree_on_renderings(renderings: dict[str, Any]) -> None:
    """The same for what says how the repository's own manifests are made."""
    _require_agreement({"version": 1, "services": {"web": {"image": "a", "public": True}}, **renderings})


def test_the_schema_in_the_reference_is_the_one_that_the_code_makes() -> None:
    """An editor that uses the published schema sees what this version of Matinee reads."""
    command = [sys.executable, "-m", "adapters.definitions.schema"]
    printed = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True).stdout

    assert (_REFERENCE / "definition.schema.json").read_text(encoding="utf-8") == text() == printed
    _VALIDATOR.check_schema(schema())


def test_the_examples_that_are_shown_are_read_and_valid() -> None:
    """Whatever I copy from the reference or from the example works."""
    page = (_REFERENCE / "definition.md").read_text(encoding="utf-8")
    shown = [part.partition("```")[0] for part in page.split("```yaml\n")[1:]]
    shop = (_ROOT / "examples" / "shop" / ".matinee.yaml").read_text(encoding="utf-8")

    for example in (*shown, shop):
        YamlDefinitions().read(example.encode())
        _VALIDATOR.validate(yaml.safe_load(example))
    assert len(shown) >= 2
    assert len(shop.splitlines()) <= 25


def test_the_reference_names_every_field() -> None:
    """No field has to be guessed."""
    page = (_REFERENCE / "definition.md").read_text(encoding="utf-8")
    parts = [schema(), *schema()["$defs"].values()]
    fields = {field for part in parts for field in part["properties"]}

    assert {field for field in fields if f"| `{field}` |" not in page} == set()


def _require_agreement(document: dict[str, Any]) -> None:
    content = json.dumps(document, ensure_ascii=False).encode()
    valid = _VALIDATOR.is_valid(document)
    if _refuses(lambda: shaped(parse(content))):
        assert not valid
    if not valid:
        assert _refuses(lambda: YamlDefinitions().read(content))


def _refuses(reading: Callable[[], Definition]) -> bool:
    try:
        reading()
    except PermanentError:
        return True
    return False
