"""docs/openapi.yaml describes every path of ingest and the gateway, and no other."""

import re
from typing import Any

import jsonschema_rs
import pytest
import yaml
from prometheus_client import CollectorRegistry
from starlette.routing import Route

from avito_live import PROJECT
from ingest.webhook.address import PATH, STATUS_PATH
from push_gateway.app import create_app
from push_gateway.settings import read_settings
from shared.http.health import health_routes

DOCUMENT: dict[str, Any] = yaml.safe_load((PROJECT / "docs" / "openapi.yaml").read_text(encoding="utf-8"))
Operations = set[tuple[str, str]]


def described(*services: str) -> Operations:
    return {
        (method.upper(), path)
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
        if method != "parameters" and operation["x-service"] in services
    }


def of_routes(routes: list[Any]) -> Operations:
    return {
        (method, re.sub(r":\w+}", "}", route.path))
        for route in routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    }


def test_every_address_of_the_gateway_is_described_and_no_other() -> None:
    settings = read_settings({"SESSION_SECRET": "s" * 32, "ADMIN_USERNAME": "", "ADMIN_PASSWORD": ""})

    assert of_routes(create_app(settings).routes) == described("gateway", "both")


def test_every_address_of_ingest_is_described_and_no_other() -> None:
    async def ready() -> dict[str, object]:
        return {}

    health = of_routes(health_routes(ready, CollectorRegistry()))
    doors = {("POST", PATH), ("POST", f"{PATH}/{{secret}}"), ("GET", STATUS_PATH), ("POST", STATUS_PATH)}

    assert health | doors == described("ingest", "both")


@pytest.mark.parametrize("path", sorted(DOCUMENT["paths"]))
def test_every_operation_says_what_it_does_and_what_it_answers(path: str) -> None:
    for method, operation in DOCUMENT["paths"][path].items():
        if method != "parameters":
            assert operation["summary"].endswith(".")
            assert operation["responses"]


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                place: Any = DOCUMENT
                for step in node["$ref"].removeprefix("#/").split("/"):
                    place = place[step]
            for child in node.values():
                walk(child)
        elif isinstance(node, list):
            for child in node:
                walk(child)

    walk(DOCUMENT)
    for schema in DOCUMENT["components"]["schemas"].values():
        jsonschema_rs.meta.validate(schema)
