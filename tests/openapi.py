"""Judge: whether requests and answers are what a vendor's own OpenAPI description (3.0) says they are.

It is stricter than the description in one thing: a field or a parameter that the description does not know is wrong,
because it is a slip of the pen that a vendor would silently pass over.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
from jsonschema import Draft4Validator

Schema = dict[str, Any]
_PARAMETER = re.compile(r"\{[^}]+\}")


class Violation(AssertionError):  # noqa: N818 - it fails a test, as any assertion
    """A request or an answer is not as described."""


@dataclass(frozen=True)
class Judge:
    """Judges by one description; `seen` are the operations that were asked for, by their ids."""

    description: Mapping[str, Any]
    seen: set[str] = field(default_factory=set[str])
    _validators: dict[int, Draft4Validator] = field(default_factory=dict[int, Draft4Validator])

    def request(self, request: httpx.Request) -> Schema:
        """The described operation that this request asks for; Violation if it is asked for wrongly."""
        path = request.url.path.removeprefix(self._prefix)
        template, operation = self._operation(request.method, path)
        self.seen.add(operation["operationId"])
        values = dict(zip(_PARAMETER.findall(template), _matched(template, path) or (), strict=True))
        self._check_parameters(operation, {name[1:-1]: value for name, value in values.items()}, request)
        self._check_body(operation, request)
        return operation

    def answer(self, operation: Schema, request: httpx.Request, response: httpx.Response) -> None:
        """Returns if this is an answer that the operation may give; Violation if not."""
        what = f"{response.status_code} to {request.method} {request.url.path}"
        described = {str(status): each for status, each in operation["responses"].items()}
        found = described.get(str(response.status_code)) or (described.get("default") if response.is_error else None)
        if found is None:
            raise Violation(f"{what}: no such answer is described")
        content = self._resolved(found).get("content", {}).get("application/json")
        if content is None:
            if response.content:
                raise Violation(f"{what}: has a body, and none is described")
            return
        self._check(content["schema"], json.loads(response.content), what)

    @property
    def _prefix(self) -> str:
        return httpx.URL(self.description["servers"][0]["url"]).path

    def _operation(self, method: str, path: str) -> tuple[str, Schema]:
        for template, item in self.description["paths"].items():
            if method.lower() in item and _matched(template, path) is not None:
                return template, item[method.lower()] | {"shared": item.get("parameters", [])}
        raise Violation(f"{method} {path}: not described")

    def _check_parameters(self, operation: Schema, in_path: dict[str, str], request: httpx.Request) -> None:
        described = [self._resolved(each) for each in (*operation["shared"], *operation.get("parameters", []))]
        given = {"path": in_path, "query": dict(request.url.params)}
        for place, values in given.items():
            known = {each["name"]: each for each in described if each["in"] == place}
            if unknown := values.keys() - known.keys():
                raise Violation(f"{request.method} {request.url.path}: unknown parameters {sorted(unknown)}")
            for name, parameter in known.items():
                self._check_parameter(parameter, values.get(name), f"{request.method} {request.url.path} {name}")

    def _check_parameter(self, parameter: Schema, text: str | None, what: str) -> None:
        if text is None:
            if parameter.get("required"):
                raise Violation(f"{what}: is missing")
            return
        kind = self._resolved(parameter["schema"]).get("type")
        is_json = kind in {"integer", "number", "boolean"}
        self._check(parameter["schema"], json.loads(text) if is_json else text, what)

    def _check_body(self, operation: Schema, request: httpx.Request) -> None:
        what = f"{request.method} {request.url.path}"
        described = operation.get("requestBody")
        if described is None or not request.content:
            if request.content or (described and described.get("required")):
                raise Violation(f"{what}: {'has a body' if request.content else 'has none'}, other than described")
            return
        self._check(described["content"]["application/json"]["schema"], json.loads(request.content), what)

    def _check(self, schema: Schema, value: Any, what: str) -> None:
        # A description stays as it is for as long as its judge, so a schema is known by where it stands.
        validator = self._validators.get(id(schema)) or Draft4Validator(self.closed(schema))
        self._validators[id(schema)] = validator
        errors = cast("Iterator[Any]", validator.iter_errors(value))  # pyright: ignore[reportUnknownMemberType] - partly typed
        said = [f"{'.'.join(map(str, each.absolute_path))}: {each.message}" for each in errors]
        if said:
            raise Violation(f"{what}: {'; '.join(said)}")

    def closed(self, schema: Schema, within: tuple[str, ...] = ()) -> Schema:
        """The schema without references, in which objects have no other fields than those described."""
        reference = schema.get("$ref", "")
        if reference in within:
            return {}
        whole = self._merged(self._resolved(schema), (*within, reference) if reference else within)
        if "properties" in whole:
            whole = {"additionalProperties": False} | whole
        if whole.get("nullable") and "type" in whole:
            whole = whole | {"type": [whole["type"], "null"]}
        return whole

    def _merged(self, schema: Schema, within: tuple[str, ...]) -> Schema:
        merged: Schema = {key: value for key, value in schema.items() if key not in {"allOf", "example", "default"}}
        for name in ("items", "additionalProperties", "not"):
            if isinstance(merged.get(name), dict):
                merged[name] = self.closed(merged[name], within)
        for name in ("anyOf", "oneOf"):
            if name in merged:
                merged[name] = [self.closed(each, within) for each in merged[name]]
        if "properties" in merged:
            merged["properties"] = {key: self.closed(each, within) for key, each in merged["properties"].items()}
        for part in schema.get("allOf", []):
            merged = _united(merged, self.closed(part, within))
        return merged

    def _resolved(self, schema: Schema) -> Schema:
        found = schema
        while "$ref" in found:
            reference, found = found["$ref"], cast("Any", self.description)
            for part in reference.removeprefix("#/").split("/"):
                found = found[part]
        return found


class JudgedTransport(httpx.AsyncBaseTransport):
    """Passes on what is asked as described, and what is answered as described; Violation otherwise."""

    def __init__(self, inner: httpx.AsyncBaseTransport, judge: Judge) -> None:
        self._inner = inner
        self._judge = judge

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer of the transport beneath."""
        await request.aread()
        operation = self._judge.request(request)
        response = await self._inner.handle_async_request(request)
        await response.aread()
        self._judge.answer(operation, request, response)
        return response


def _united(one: Schema, other: Schema) -> Schema:
    """Both of them at once; two objects become one that has the fields of both."""
    united = one | other
    if "properties" in one and "properties" in other:
        united["properties"] = one["properties"] | other["properties"]
    if "required" in one and "required" in other:
        united["required"] = [*one["required"], *other["required"]]
    return united


def _matched(template: str, path: str) -> tuple[str, ...] | None:
    """The values of the template's parameters in this path; None if it is another path."""
    parts = [re.escape(part) for part in _PARAMETER.split(template)]
    match = re.fullmatch("([^/]+)".join(parts), path)
    return match.groups() if match else None
