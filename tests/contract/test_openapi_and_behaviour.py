"""docs/openapi.yaml and what the services answer: methods, required bodies, statuses, who may ask."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
import yaml

from avito_live import PROJECT
from testbed import System, until
from tests.push_gateway.panel import PATH, Panel

pytestmark = pytest.mark.anyio
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
DOCUMENT: dict[str, Any] = yaml.safe_load((PROJECT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class Operation:
    """A method of an address, as the document describes it."""

    service: str
    method: str
    path: str
    described: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"

    @property
    def body(self) -> dict[str, Any]:
        """Its requestBody, empty for none."""
        return resolved(self.described.get("requestBody", {}))

    @property
    def body_type(self) -> str:
        """The first type of its body, '' for none."""
        return next(iter(self.body.get("content", {})), "")

    @property
    def is_public(self) -> bool:
        """Whether everyone may ask."""
        return not self.described.get("security", DOCUMENT["security"])

    def address(self, chat: str = "x") -> str:
        return re.sub("{.*?}", "x", self.path.replace("{chat_id}", chat))


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """Follow a reference."""
    found: dict[str, Any] = DOCUMENT
    if "$ref" not in node:
        return node
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


OPERATIONS = [
    Operation(service, method.upper(), path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    if method != "parameters"
    for service in (("ingest", "gateway") if operation["x-service"] == "both" else (operation["x-service"],))
]
ADDRESSES = sorted({(one.service, one.path) for one in OPERATIONS})
NEED_BODIES = [one for one in OPERATIONS if one.body.get("required")]


@pytest.fixture(scope="module")
async def chat(system: System, panel: Panel, anyio_backend: str) -> str:
    """A chat that the gateway knows."""
    chat_id = await system.avito.chat()
    await system.avito.write(chat_id, "Здравствуйте")

    async def is_known() -> bool:
        return (await panel.http.get(f"{PATH}api/chats/{chat_id}/messages")).status_code == 200

    await until(is_known)
    return chat_id


@pytest.fixture(scope="module")
async def anonymous(anyio_backend: str) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        yield http


@pytest.mark.parametrize(("service", "path"), ADDRESSES)
async def test_another_method_is_405_and_allow_names_the_documented_ones(
    system: System, anonymous: httpx2.AsyncClient, service: str, path: str
) -> None:
    url = system.url(service) + re.sub("{.*?}", "x", path)
    allowed = {one.method for one in OPERATIONS if (one.service, one.path) == (service, path)}
    allowed |= {"HEAD"} if "GET" in allowed else set()

    answers = [await anonymous.request(method, url) for method in METHODS if method not in allowed]

    seen = {(one.status_code, frozenset(one.headers.get("Allow", "").split(", "))) for one in answers}
    assert seen == {(405, frozenset(allowed))}


@pytest.mark.parametrize(
    ("path", "name", "most", "more"),
    [
        (f"{PATH}api/chats", "q", "ж" * 200, "ж" * 201),
        (f"{PATH}api/chats", "limit", "100", "101"),
        (f"{PATH}api/events", "seq", "9" * 18, "9" * 19),
    ],
)
async def test_the_largest_value_of_a_query_is_accepted_and_no_larger_one(
    panel: Panel, path: str, name: str, most: str, more: str
) -> None:
    (schema,) = (
        resolved(one)["schema"]
        for one in DOCUMENT["paths"][path]["get"]["parameters"]
        if resolved(one)["name"] == name
    )
    assert schema.get("maxLength", len(most)) == len(most)
    assert str(schema.get("maximum", most)) == most

    answers = [await panel.http.get(path, params={name: value}) for value in (most, more)]

    assert [answer.status_code for answer in answers] == [200, 422]


@pytest.mark.parametrize("operation", NEED_BODIES, ids=str)
async def test_a_required_body_that_is_empty_is_refused(
    panel: Panel, chat: str, operation: Operation
) -> None:
    headers = {"Content-Type": f"{operation.body_type}; boundary=b"}

    answer = await panel.http.post(operation.address(chat), headers=headers)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "no_body")


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if one.body], ids=str)
def test_a_body_is_required_where_one_of_its_fields_is(operation: Operation) -> None:
    schemas = [resolved(content["schema"]) for content in operation.body["content"].values()]
    needs_field = any(schema.get("required") or schema.get("minProperties") for schema in schemas)

    assert operation.body.get("required", False) == (needs_field or operation.body_type == "text/csv")


@pytest.mark.parametrize("operation", [one for one in OPERATIONS if not one.path.endswith("logout")], ids=str)
async def test_each_operation_answers_as_it_is_described(
    system: System, panel: Panel, anonymous: httpx2.AsyncClient, operation: Operation
) -> None:
    url = system.url(operation.service) + operation.address()
    content, headers = (b"{}" if operation.body else None), {"Content-Type": operation.body_type}

    strange = await anonymous.request(operation.method, url, content=content, headers=headers)
    known = await panel.http.request(operation.method, url, content=content, headers=headers)

    assert operation.is_public or strange.status_code in (303, 401)
    for answer in (strange, known):
        described = resolved(operation.described["responses"][str(answer.status_code)])
        kinds = described.get("content", {})
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        assert kind in kinds or "*/*" in kinds or not (kinds and answer.content)
