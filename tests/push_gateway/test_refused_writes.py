"""While Redis is full or refuses writes, everything stored can be read, resumed and searched."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from redis.asyncio import Redis
from starlette.routing import Route

from push_gateway.app import create_app
from push_gateway.settings import read_settings
from shared.redis import keys
from shared.wires import inbox
from testbed import USERNAME, System, until
from tests.push_gateway.panel import PATH, Panel, write
from tests.push_gateway.processes import running, second_gateway
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.worker.builders import SELLER

pytestmark = pytest.mark.anyio
system = module_system("gateway")
panel = module_panel()
API = f"{PATH}api/"
REFUSING = {
    "full": ("maxmemory", 1, 0),
    "without copies": ("min-replicas-to-write", 1, 0),
}
"""What makes Redis refuse writes, and what ends it; it says OOM or NOREPLICAS, as MISCONF or READONLY."""
SINCE_ITS_START = {
    "without copies": (("--min-replicas-to-write", "1"), ("CONFIG", "SET", "min-replicas-to-write", "0")),
    "a replica": (("--replicaof", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
}
"""How Redis is started so that it refuses writes, and what ends that."""
FILLED = {"chat_id": "chat-1", "voice_id": "v1", "path": "app.js"}
ASKED = {
    f"{API}chats": ("", "?q=text", "?filter=unanswered", "?filter=mine&limit=1"),
    f"{API}chats/{{chat_id:path}}/messages": ("", "?limit=1"),
    f"{API}events": ("", "?epoch={epoch}&seq=1"),
}
MOVING = {"/readyz", "/metrics", f"{API}owner/status", f"{API}coach/waiting", f"{PATH}webhook/status"}
"""Tells what changes by itself: only that it answers is compared."""


def addresses() -> list[str]:
    """Every address of the gateway that reads, with what may be asked of it."""
    settings = {"SESSION_SECRET": "s" * 40, "REDIS_URL": "redis://127.0.0.1:1/0"}
    routes = [route for route in create_app(read_settings(settings)).routes if isinstance(route, Route)]
    paths = [route.path for route in routes if "GET" in (route.methods or ())]
    return [path + query for path in paths for query in ASKED.get(path, ("",))]


def filled(address: str, epoch: str) -> str:
    path, _, query = address.partition("?")
    for name, value in FILLED.items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}:path}}", value)
    return path + ("?" + query.replace("{epoch}", epoch) if query else "")


async def fill(redis: Redis, panel: Panel) -> None:
    """Put something of everything into the read model."""
    await write(redis, "m1", "m2", "m3")
    await write(redis, "n1", chat="chat-2")
    await redis.set(keys.voice(SELLER, "v1"), "https://files.example/v1.mp3")
    junk = (*inbox.write(inbox.Webhook(b"junk", 5.0)), b"reason", b"x", b"at", b"6.0")
    await redis.execute_command("XADD", keys.DEAD, "*", *junk)
    for path, body in (
        ("chats/chat-1/notes", {"text": "note", "ref": "n1"}),
        ("chats/chat-1/messages", {"text": "answer", "ref": "r1"}),
        ("quick-replies", {"folder": "", "name": "hi", "text": "Hello"}),
        ("owner/tokens", {"name": "crm", "scope": "read"}),
    ):
        assert (await panel.http.post(API + path, json=body)).is_success, path


@pytest.fixture(scope="module")
async def redis(system: System, panel: Panel, anyio_backend: str) -> AsyncIterator[Redis]:
    """A filled Redis, whose tests let it take writes again."""
    async with system.redis as client:
        await fill(client, panel)
        yield client


@pytest.fixture(params=list(REFUSING))
async def setting(request: pytest.FixtureRequest, redis: Redis) -> AsyncIterator[tuple[str, int, int]]:
    name, refusing, usual = REFUSING[request.param]
    yield name, refusing, usual
    await redis.config_set(name, usual)


async def read_all(panel: Panel, epoch: str) -> dict[str, httpx2.Response]:
    return {address: await panel.http.get(filled(address, epoch)) for address in addresses()}


def body_of(answer: httpx2.Response) -> Any:
    return (
        orjson.loads(answer.content) if "json" in answer.headers.get("content-type", "") else answer.content
    )


async def test_every_address_can_be_read_while_redis_refuses_writes(
    system: System, panel: Panel, redis: Redis, setting: tuple[str, int, int]
) -> None:
    epoch = (await panel.get("api/chats"))["epoch"]
    before = await read_all(panel, epoch)
    name, refusing, _ = setting
    await redis.config_set(name, refusing)
    async with second_gateway(system) as url, Panel.at(url) as other:  # knows no caller, has no link yet
        other.http.cookies.update(panel.http.cookies)
        for one in (panel, other):
            now = await read_all(one, epoch)

            answered = {address: answer.status_code for address, answer in before.items()}
            assert {address: answer.status_code for address, answer in now.items()} == answered
            for address in now.keys() - MOVING - {f"{API}owner/sessions", f"{API}owner/operators"}:
                assert body_of(now[address]) == body_of(before[address]), address


async def test_sockets_resume_and_are_opened_while_redis_refuses_writes(
    system: System, panel: Panel, redis: Redis, setting: tuple[str, int, int]
) -> None:
    token = (await panel.http.post(f"{API}owner/tokens", json={"name": "x", "scope": "read"})).json()["token"]
    async with panel.socket() as socket:
        hello = await socket.read()
        name, refusing, usual = setting
        await redis.config_set(name, refusing)
        await redis.client_kill_filter(_type="pubsub")

        async with panel.socket({"epoch": hello["epoch"], "seq": 1}) as back:
            assert (await back.read())["recovered"] is True
            assert await back.read_until(hello["seq"]) == list(range(2, hello["seq"] + 1))
        bearer: dict[str, Any] = {"additional_headers": {"Authorization": f"Bearer {token}"}, "origin": None}
        async with panel.socket(**bearer) as program:
            assert (await program.read())["type"] == "hello"

        await redis.config_set(name, usual)
        seq = await write(redis, "m1", chat=f"after {name}")
        assert await socket.read_until(seq) == list(range(hello["seq"] + 1, seq + 1))


async def test_sessions_and_tokens_can_be_ended_while_redis_is_full(
    tmp_path: Path, anyio_backend: str
) -> None:
    async with (
        running(tmp_path, "gateway") as system,
        Panel.at(system.url("gateway")) as panel,
        Panel.at(system.url("gateway")) as other,
    ):
        await panel.log_in()
        await other.log_in()
        async with system.redis as redis:
            await fill(redis, panel)
            (token,) = (await panel.get("api/owner/tokens"))["tokens"]
            await redis.config_set("maxmemory", 1)

        revoked = await panel.http.post(f"{API}owner/tokens/{token['id']}/revoke")
        left = await other.http.post(f"{PATH}logout")

        assert (revoked.status_code, left.status_code) == (200, 303)
        assert (await panel.get("api/owner/tokens"))["tokens"] == []
        ended = await panel.http.post(f"{API}owner/operators/{USERNAME}/end-sessions")
        assert (ended.status_code, ended.json()) == (200, {"ended": 1})
        assert (await panel.http.get(f"{API}chats")).status_code == 401


async def test_a_redis_that_is_full_when_it_starts_can_be_read(tmp_path: Path, anyio_backend: str) -> None:
    options = ("--appendonly", "yes", "--appendfsync", "always")
    async with (
        running(tmp_path, "gateway", redis_options=options) as system,
        Panel.at(system.url("gateway")) as panel,
    ):
        await panel.log_in()
        async with system.redis as redis:
            await fill(redis, panel)
        before = await panel.get("api/chats")
        await system.kill("redis")
        system.redis_server.options = (*options, "--maxmemory", "1")
        system.redis_server.start()

        await until(lambda: _reads(panel))

        after = await panel.get("api/chats")
        assert (after["chats"], after["seq"]) == (before["chats"], before["seq"])
        assert after["epoch"] != before["epoch"]
        async with panel.socket(before) as socket:
            assert (await socket.read())["recovered"] is False


@pytest.mark.parametrize("refusing", SINCE_ITS_START.values(), ids=list(SINCE_ITS_START))
async def test_a_redis_that_refuses_writes_since_it_started_can_be_read(
    tmp_path: Path, refusing: tuple[tuple[str, ...], tuple[str, ...]], anyio_backend: str
) -> None:
    options = ("--appendonly", "yes", "--appendfsync", "always")
    started, ended_by = refusing
    async with (
        running(tmp_path, "gateway", redis_options=options) as system,
        Panel.at(system.url("gateway")) as panel,
        Panel.at(system.url("gateway-2")) as other,
    ):
        await panel.log_in()
        other.http.cookies.update(panel.http.cookies)
        async with system.redis as redis:
            await fill(redis, panel)
        place = await panel.get("api/chats")
        before = await read_all(panel, place["epoch"])
        async with panel.socket() as socket:
            await socket.read_type("hello")
            await system.kill("redis")
            system.redis_server.options = (*options, *started)
            system.redis_server.start()
            await system.start("gateway-2")  # which meets this Redis as it is

            for one in (panel, other):
                await until(lambda: _is_linked(one))  # noqa: B023  # awaited in this very turn
                now = await read_all(one, place["epoch"])
                answered = {address: answer.status_code for address, answer in before.items()}
                assert {address: answer.status_code for address, answer in now.items()} == answered
                for address in now.keys() - MOVING - {f"{API}owner/sessions", f"{API}owner/operators"}:
                    assert body_of(now[address]) == body_of(before[address]), address
                async with one.socket({"epoch": place["epoch"], "seq": 1}) as back:
                    assert (await back.read())["recovered"] is True
                    assert await back.read_until(place["seq"]) == list(range(2, place["seq"] + 1))
                beyond = {"epoch": place["epoch"], "seq": place["seq"] + 5}
                assert (await one.get("api/events", **beyond))["recovered"] is False
                async with one.socket(beyond) as lost:
                    assert (await lost.read())["recovered"] is False
                refused = await one.http.post(f"{API}chats/chat-1/notes", json={"text": "x", "ref": "n2"})
                assert refused.status_code == 503

            async with Redis.from_url(system.redis_server.url) as plain:
                await plain.execute_command(*ended_by)
            hello = await socket.read_type("hello")
            assert hello["epoch"] != place["epoch"]
            async with system.redis as redis:
                seq = await write(redis, "m4")
            assert await socket.read_until(seq) == list(range(hello["seq"] + 1, seq + 1))


async def _is_linked(panel: Panel) -> bool:
    return bool((await panel.http.get("/readyz")).status_code == 200)


async def _reads(panel: Panel) -> bool:
    return (await panel.http.get(f"{API}chats")).status_code == 200
