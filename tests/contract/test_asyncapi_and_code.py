"""docs/asyncapi.yaml and the code name the same frames, both ways; events that a short run seldom sees."""

import re
from inspect import getsource
from typing import Any

import orjson
import pytest
import yaml
from redis.asyncio import Redis

from avito_live import PROJECT
from push_gateway.features import FEATURES
from push_gateway.http.metrics import Metrics
from push_gateway.ws import protocol
from push_gateway.ws.hub import Hub
from push_gateway.ws.relay import Relay
from shared.redis import keys
from tests.contract.test_asyncapi import DOCUMENT, check
from tests.worker.builders import CHAT, SELLER, make_message
from worker.messages.commit import Change, commit
from worker.sync.subscription.switch import ModeSwitch
from worker.sync.subscription.sync_state import SyncState

NOW = 1_757_403_800.0
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


async def events(store: Redis) -> list[dict[str, Any]]:
    return [orjson.loads(fields[b"e"]) for _, fields in await store.xrange(keys.JOURNAL)]


@pytest.mark.anyio
async def test_a_change_in_bulk_is_as_described(store: Redis) -> None:
    messages = tuple(make_message(f"m{number}", created=NOW + number) for number in range(3))
    await commit(store, Change(SELLER, CHAT, messages, "sweep", quiet=True), NOW, 200)

    (event,) = await events(store)

    assert event["type"] == "thread"
    check(event)


@pytest.mark.anyio
@pytest.mark.parametrize("reason", ["", "вебхук отключён"])
async def test_a_switch_of_mode_is_as_described(store: Redis, reason: str) -> None:
    await store.set("lease", "me")
    switch = ModeSwitch(NOW, "webhook", "polling", reason, "missed" if reason else "", recovered=2)
    await SyncState(store, SELLER, "lease", "me").tell(switch)

    (event,) = await events(store)

    assert event["type"] == "mode"
    check(event)


def test_no_description_ends_at_a_comma() -> None:
    documents = [PROJECT / "docs" / name for name in ("asyncapi.yaml", "openapi.yaml")]

    assert [
        key for path in documents for key in keys_in(yaml.safe_load(path.read_text())) if " " in key
    ] == []


def keys_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*map(str, value), *(key for part in value.values() for key in keys_in(part))]
    return [key for part in value for key in keys_in(part)] if isinstance(value, list) else []
