"""docs/asyncapi.yaml and the code name the same frames, both ways."""

import re
from inspect import getsource
from typing import Any

import pytest
import yaml
from redis.asyncio import Redis

from avito_live import PROJECT
from push_gateway.features.listed import FEATURES
from push_gateway.http.metrics import Metrics
from push_gateway.ws import protocol
from push_gateway.ws.hub import Hub
from push_gateway.ws.relay import Relay
from tests.contract.test_asyncapi import DOCUMENT

HOOKS = [feature.socket_hooks for feature in FEATURES if feature.socket_hooks is not None]
LUA = [path.read_text(encoding="utf-8") for path in sorted((PROJECT / "shared/redis/lua").glob("*.lua"))]


def described(operation: str) -> set[str]:
    """The frames of one direction, by the document."""
    return {message["$ref"].rpartition("/")[2] for message in DOCUMENT["operations"][operation]["messages"]}


def test_every_frame_that_the_code_sends_is_described_and_no_other() -> None:
    journaled = {kind for text in LUA for kind in re.findall(r"\b(?:emit|tell)\('(\w+)'", text)}
    written = re.findall(r'"type": ?"(\w+)"', getsource(protocol) + "".join([*map(getsource, HOOKS), *LUA]))

    assert journaled | set(written) == described("hear")


@pytest.mark.anyio
async def test_every_frame_that_the_code_takes_is_described_and_no_other(store: Redis) -> None:
    core = re.findall(r'case "(\w+)"', getsource(protocol.read))
    features = [make(store, Relay(Hub(), Metrics())).frame_types for make in HOOKS]

    assert set(core).union(*features) == described("say")


def test_no_description_ends_at_a_comma() -> None:
    documents = [PROJECT / "docs" / name for name in ("asyncapi.yaml", "openapi.yaml")]

    assert [
        key for path in documents for key in keys_in(yaml.safe_load(path.read_text())) if " " in key
    ] == []


def keys_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*map(str, value), *(key for part in value.values() for key in keys_in(part))]
    return [key for part in value for key in keys_in(part)] if isinstance(value, list) else []
