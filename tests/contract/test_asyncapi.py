"""docs/asyncapi.yaml is whole: its parts name each other, and the gateway's cookie and close codes."""

from copy import deepcopy
from typing import Any

import jsonschema_rs
import yaml

from avito_live import PROJECT
from push_gateway.auth import access
from push_gateway.ws import protocol

DOCUMENT = yaml.safe_load((PROJECT / "docs/asyncapi.yaml").read_text(encoding="utf-8"))
MESSAGES: dict[str, Any] = DOCUMENT["components"]["messages"]


def closed(node: Any) -> Any:
    """Refuse every member that is not described, except in Avito's own objects."""
    if isinstance(node, list):
        return [closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    shut = {name: closed(value) for name, value in node.items()}
    if "properties" in node and not node.get("x-open"):
        shut["additionalProperties"] = False
    return shut


def check(frame: dict[str, Any]) -> None:
    """Fail if a frame does not fit the document."""
    payload = deepcopy(MESSAGES[frame["type"]]["payload"])
    schema = closed(payload | {"components": DOCUMENT["components"]})
    jsonschema_rs.Draft202012Validator(schema).validate(frame)


def test_every_message_is_in_the_channel_and_in_one_operation() -> None:
    channel = set(DOCUMENT["channels"]["socket"]["messages"])
    in_operations = [
        reference["$ref"].rpartition("/")[2]
        for operation in DOCUMENT["operations"].values()
        for reference in operation["messages"]
    ]

    assert DOCUMENT["asyncapi"] == "3.0.0"
    assert channel == set(MESSAGES) == set(in_operations)
    assert len(in_operations) == len(MESSAGES)
    for name, message in MESSAGES.items():
        assert message["payload"]["properties"]["type"] == {"const": name}
        jsonschema_rs.meta.validate(message["payload"])


def test_every_close_code_is_told() -> None:
    for code in protocol.CloseCode:
        assert str(int(code)) in DOCUMENT["info"]["description"]


def test_the_cookie_and_the_token_are_those_that_the_gateway_reads() -> None:
    schemes = DOCUMENT["components"]["securitySchemes"]

    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", access.COOKIE)
    assert (schemes["token"]["in"], schemes["token"]["name"]) == ("header", "Authorization")
