"""Tokens of integrators: what they allow, and what they never do."""

import re
from collections.abc import AsyncIterator, Iterator
from itertools import count, repeat
from typing import Any

import httpx2
import pytest
from starlette.routing import Route

from push_gateway.app import create_app
from push_gateway.settings import read_settings
from shared.redis import keys
from testbed import System, until
from tests.push_gateway.panel import PATH, Panel, Socket
from tests.push_gateway.shared_by_module import module_panel, module_system
from tests.support import bare_http

pytestmark = pytest.mark.anyio
system = module_system("gateway", messages=("b1",))
owner = module_panel()


@pytest.fixture(scope="module")
async def program(system: System, anyio_backend: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A program: no cookies, no Origin."""
    async with httpx2.AsyncClient(
        base_url=f"{system.url('gateway')}{PATH}", trust_env=False, timeout=20
    ) as http:
        yield http


async def make(owner: Panel, name: str = "crm", scope: str = "read") -> dict[str, Any]:
    answer = await owner.http.post(f"{PATH}api/owner/tokens", json={"name": name, "scope": scope})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def carrying(token: dict[str, Any] | str) -> dict[str, str]:
    text = token if isinstance(token, str) else token["token"]
    return {"Authorization": f"Bearer {text}"}


async def say(
    program: httpx2.AsyncClient, token: dict[str, Any], ref: str, **headers: str
) -> httpx2.Response:
    url = "api/chats/chat-1/messages"
    return await program.post(url, json={"text": "Да", "ref": ref}, headers=carrying(token) | headers)


async def test_a_read_token_reads_and_nothing_else(owner: Panel, program: httpx2.AsyncClient) -> None:
    token = await make(owner)

    chats = await program.get("api/chats", headers=carrying(token))

    assert [chat["id"] for chat in chats.json()["chats"]] == ["chat-1"]
    answer = await say(program, token, "t1")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


async def test_a_reply_token_replies_in_its_own_name_without_an_origin(
    owner: Panel, program: httpx2.AsyncClient
) -> None:
    answer = await say(program, await make(owner, "desk", "reply"), "t2")

    assert (answer.status_code, answer.json()["by"]) == (202, "api:desk")


async def test_a_foreign_page_is_refused_even_with_a_token(owner: Panel, program: httpx2.AsyncClient) -> None:
    token = await make(owner, scope="reply")

    assert (await say(program, token, "t3", Origin="https://evil.example")).status_code == 403


@pytest.mark.parametrize("path", ["operators", "sessions", "tokens", "dead", "status"])
async def test_no_token_manages(owner: Panel, program: httpx2.AsyncClient, path: str) -> None:
    token = await make(owner, scope="reply")

    assert (await program.get(f"api/owner/{path}", headers=carrying(token))).status_code == 403


def writes() -> list[str]:
    """Every address of the gateway that takes a write, but login and logout."""
    settings = {"SESSION_SECRET": "s" * 40, "REDIS_URL": "redis://127.0.0.1:1/0"}
    routes = [route for route in create_app(read_settings(settings)).routes if isinstance(route, Route)]
    paths = [route.path for route in routes if "POST" in (route.methods or ())]
    return [path for path in paths if path not in (f"{PATH}login", f"{PATH}logout")]


async def test_a_read_token_writes_nowhere(owner: Panel, program: httpx2.AsyncClient) -> None:
    token = await make(owner, "reads everywhere")
    answers = {}
    for path in writes():
        filled = re.sub(r"\{(\w+)(:path)?\}", "chat-1", path.removeprefix(PATH))
        answers[path] = (await program.post(filled, json={}, headers=carrying(token))).status_code

    assert len(answers) > 20
    assert set(answers.values()) == {403}, answers


async def test_a_token_holds_a_websocket_until_it_is_revoked(
    owner: Panel, program: httpx2.AsyncClient
) -> None:
    token = await make(owner, "screen")
    more: dict[str, Any] = {"origin": None, "additional_headers": carrying(token)}
    async with owner.socket(**more) as socket:
        assert (await socket.read())["operator"] == "api:screen"

        await owner.http.post(f"{PATH}api/owner/tokens/{token['id']}/revoke")

        assert await socket.close_code() == 4401
    await until(lambda: _refused(program, token))
    async with owner.socket(**more) as again:
        assert await _code(again) == 4401


async def _refused(program: httpx2.AsyncClient, token: dict[str, Any]) -> bool:
    return (await program.get("api/chats", headers=carrying(token))).status_code == 401


async def _code(socket: Socket) -> int | None:
    return await socket.close_code()


async def test_a_token_is_shown_once_and_stored_and_logged_nowhere(
    owner: Panel, program: httpx2.AsyncClient, system: System
) -> None:
    token = await make(owner, "secretive")
    await program.get("api/chats", headers=carrying(token))

    listed = await owner.http.get(f"{PATH}api/owner/tokens")

    async with system.redis as redis:
        stored = b"".join([await redis.dump(key) or b"" for key in await redis.keys()])
    secret = token["token"].split("_", 2)[2]
    for place in (listed.text, stored.decode("latin-1"), system.part("gateway").log.read_text()):
        assert secret not in place


async def test_its_last_use_is_visible(owner: Panel, program: httpx2.AsyncClient) -> None:
    token = await make(owner, "used")

    async def used() -> float | None:
        listed = (await owner.get("api/owner/tokens"))["tokens"]
        found: float | None = next(one["used"] for one in listed if one["id"] == token["id"])
        return found

    assert await used() is None
    await program.get("api/chats", headers=carrying(token))
    assert (await used() or 0) >= token["created"] - 1


@pytest.mark.parametrize("text", ["", "x", "avl_1_2", "avl__", "avl_" + "a" * 300, "avl_ab%_x", "Ω"])
async def test_an_invalid_token_is_refused_even_beside_a_good_cookie(owner: Panel, text: str) -> None:
    answer = await owner.http.get(
        f"{PATH}api/chats", headers=[(b"authorization", f"Bearer {text}".strip().encode())]
    )

    assert answer.status_code == 401


async def test_a_token_with_another_secret_is_refused(owner: Panel, program: httpx2.AsyncClient) -> None:
    token = await make(owner)
    await program.get("api/chats", headers=carrying(token))
    wrong = token["token"][:-1] + ("A" if token["token"][-1] != "A" else "B")

    assert (await program.get("api/chats", headers=carrying(wrong))).status_code == 401


async def hammer(
    program: httpx2.AsyncClient, tokens: Iterator[dict[str, Any] | str]
) -> list[httpx2.Response]:
    """Ask with one token after the other until one must wait."""
    url = f"{program.base_url}api/events"
    return await bare_http.send(
        url, (bare_http.request("GET", url, carrying(one)) for one in tokens), until=429
    )


async def test_a_program_in_a_loop_is_told_to_wait_and_others_are_not(
    owner: Panel, program: httpx2.AsyncClient
) -> None:
    token, other = await make(owner, "loop"), await make(owner, "calm")

    answers = await hammer(program, repeat(token))

    refused = {answer.json()["error"]["code"] for answer in answers if answer.status_code == 429}
    assert (answers[0].status_code, refused) == (200, {"too_often"})
    assert (await program.get("api/events", headers=carrying(other))).status_code == 200


async def test_guessing_tokens_is_slowed_down(owner: Panel, program: httpx2.AsyncClient) -> None:
    statuses = [
        answer.status_code for answer in await hammer(program, (f"avl_abc_{number}" for number in count()))
    ]

    assert statuses[0] == 401
    assert 429 in statuses


@pytest.mark.parametrize(
    "body", [{}, {"name": "x"}, {"name": "x", "scope": "manage"}, {"name": "", "scope": "read"}]
)
async def test_an_invalid_name_or_scope_of_a_token_is_refused(owner: Panel, body: dict[str, Any]) -> None:
    assert (await owner.http.post(f"{PATH}api/owner/tokens", json=body)).status_code == 422


async def test_tokens_are_bounded(owner: Panel, system: System) -> None:
    async with system.redis as redis:
        filler = {
            f"filler{number}": b'{"digest":"","name":"f","scope":"read","by":"x","created":1}'
            for number in range(100)
        }
        flat = [part for pair in filler.items() for part in pair]
        await redis.execute_command("HSET", keys.TOKENS, *flat)
        answer = await owner.http.post(f"{PATH}api/owner/tokens", json={"name": "x", "scope": "read"})
        await redis.execute_command("HDEL", keys.TOKENS, *filler)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "too_many")
