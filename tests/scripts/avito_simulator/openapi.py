"""Checks requests and responses against Avito's official OpenAPI documents.

Problems come back as a set of short sentences, list indexes written as `*`, so that a test
can name exactly the deviations that are known and why. Fields the document does not know are
problems too.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jsonschema_rs
import pytest

JSON = dict[str, Any]
ROOT = Path(__file__).resolve().parents[3]
# The document repeats /token with invisible marks, only to get three keys.
INVISIBLE = "\u200e"


def folder() -> Path:
    """Where the documents lie: `AVITO_OPENAPI_DIR`, else beside the project."""
    given = os.environ.get("AVITO_OPENAPI_DIR")
    return Path(given) if given else ROOT.parent / "shared" / "avito-openapi"


needs_documents = pytest.mark.skipif(
    not (folder() / "messenger.json").is_file(),
    reason="Avito's OpenAPI documents are not here: set AVITO_OPENAPI_DIR to their folder",
)


@dataclass(frozen=True, slots=True)
class Operation:
    """A documented method and path, with the document's references resolved."""

    document: str
    id: str
    method: str
    template: str
    parameters: tuple[JSON, ...]
    bodies: JSON
    responses: JSON

    def path_values(self, path: str) -> dict[str, str] | None:
        """The path's parameters if it fits the template."""
        names = re.findall(r"{(\w+)}", self.template)
        pattern = re.sub(r"{\w+}", "([^/]+)", self.template)
        found = re.fullmatch(pattern, path)
        return dict(zip(names, map(unquote, found.groups()), strict=True)) if found else None


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of every document."""
    return tuple(
        operation
        for file in sorted(folder().glob("*.json"))
        for operation in _operations(file.stem, json.loads(file.read_text("utf-8")))
    )


def find(method: str, path: str) -> Operation:
    """The operation a path (as sent, percent-encoded) belongs to; literal paths win."""
    fitting = [
        operation
        for operation in operations()
        if operation.method == method.upper() and operation.path_values(path) is not None
    ]
    if not fitting:
        raise LookupError(f"{method} {path} is not in Avito's documents")
    return min(fitting, key=lambda operation: operation.template.count("{"))


def request_problems(
    method: str, url: str, headers: dict[str, str], body: bytes = b"", *, operation_id: str = ""
) -> set[str]:
    """What a request does that its operation does not allow.

    `operation_id` picks one of the grants, which share the path /token.
    """
    parts = urlsplit(url)
    operation = find(method, parts.path)
    if operation_id:
        operation = next(one for one in operations() if one.id == operation_id)
    names = {name.lower(): value for name, value in headers.items()}
    query = parse_qs(parts.query, keep_blank_values=True)
    given: dict[str, dict[str, list[str]]] = {
        "path": {k: [v] for k, v in (operation.path_values(parts.path) or {}).items()},
        "query": query,
        "header": {name: [value] for name, value in names.items()},
    }
    problems = {
        problem
        for parameter in operation.parameters
        for problem in _parameter_problems(parameter, given[parameter["in"]])
    }
    known = {one["name"] for one in operation.parameters if one["in"] == "query"}
    problems |= {f"query {name}: undocumented" for name in query if name not in known}
    return problems | _body_problems(operation, names.get("content-type", ""), body)


def response_problems(method: str, path: str, status: int, body: object) -> set[str]:
    """What an answer has that its operation's schema does not allow."""
    response = find(method, path).responses.get(str(status))
    if response is None:
        return {f"status {status}: undocumented"}
    schema = response.get("content", {}).get("application/json", {}).get("schema")
    return set() if schema is None else schema_problems(schema, body)


def event_problems(event: object) -> set[str]:
    """What a webhook's body has that the document does not allow."""
    operation = next(one for one in operations() if one.id == "postWebhookV3")
    # The document shows the event as a second answer of the subscribing method.
    return schema_problems(operation.responses["201"]["content"]["application/json"]["schema"], event)


def schema_problems(schema: JSON, value: object) -> set[str]:
    """What `value` has that the schema does not allow."""
    validator = jsonschema_rs.Draft202012Validator(schema)
    return {sentence for error in validator.iter_errors(value) for sentence in _sentences(error)}


def _sentences(error: jsonschema_rs.ValidationError) -> Iterator[str]:
    path = "/".join("*" if isinstance(step, int) else step for step in error.instance_path)
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        for name in error.kind.unexpected:
            yield f"{path}/{name}: undocumented".lstrip("/")
    else:
        yield f"{path}: {error.kind.name} {error.instance!r}"[:200]


def _operations(document: str, content: JSON) -> Iterator[Operation]:
    for template, item in content["paths"].items():
        for method in ("get", "post", "put", "delete"):
            if method not in item:
                continue
            spec = item[method]
            parameters = [*item.get("parameters", []), *spec.get("parameters", [])]
            yield Operation(
                document=document,
                id=spec["operationId"],
                method=method.upper(),
                template=template.strip(INVISIBLE),
                parameters=tuple(_resolved(one, content) for one in parameters),
                bodies=_resolved(spec.get("requestBody", {}), content).get("content", {}),
                responses=_resolved(spec["responses"], content),
            )


def _resolved(node: Any, document: JSON) -> Any:
    """References put in place, OpenAPI 3.0 turned into JSON Schema, unknown fields refused."""
    if isinstance(node, list):
        return [_resolved(one, document) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return _resolved(target, document)
    resolved = {name: _resolved(value, document) for name, value in node.items()}
    if isinstance(resolved.get("type"), str) and resolved.pop("nullable", False):
        resolved["type"] = [resolved["type"], "null"]
    if isinstance(resolved.get("properties"), dict) and "type" in resolved:
        resolved.setdefault("additionalProperties", False)
    return resolved


def _parameter_problems(parameter: JSON, given: dict[str, list[str]]) -> Iterator[str]:
    name, where = parameter["name"], parameter["in"]
    values = given.get(name.lower() if where == "header" else name)
    if values is None:
        if parameter.get("required"):
            yield f"{where} {name}: missing"
        return
    schema = parameter["schema"]
    if schema["type"] == "array":
        parts = [part for value in values for part in value.split(",")]
        read: object = [_read(part, schema["items"]["type"]) for part in parts]
    else:
        read = _read(values[-1], schema["type"])
    for problem in schema_problems(schema, read):
        yield f"{where} {name}{problem}"


def _read(text: str, kind: str) -> object:
    """A parameter's text as the value it stands for; the text itself if it is none."""
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in ("true", "false"):
        return text == "true"
    return text


def _body_problems(operation: Operation, content_type: str, body: bytes) -> set[str]:
    if not operation.bodies:
        return {"body: undocumented"} if body else set()
    kind = content_type.partition(";")[0].strip()
    if kind not in operation.bodies:
        return {f"body: sent as {kind or 'nothing'}, not as {', '.join(operation.bodies)}"}
    schema = operation.bodies[kind]["schema"]
    if kind == "application/json":
        return schema_problems(schema, json.loads(body))
    if kind == "application/x-www-form-urlencoded":
        fields = parse_qs(body.decode(), keep_blank_values=True)
        return schema_problems(schema, {name: values[-1] for name, values in fields.items()})
    sent = {name.decode() for name in re.findall(rb'; name="([^"]+)"', body)}
    missing = {f"body {name}: missing" for name in schema["required"] if name not in sent}
    return missing | {f"body {name}: undocumented" for name in sent - set(schema["properties"])}
