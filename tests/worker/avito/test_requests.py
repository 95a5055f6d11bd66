import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest
from redis.asyncio import Redis

from tests.scripts.avito_simulator import openapi
from tests.worker.avito.opened import opened
from tests.worker.avito.scripted import Seen, answer, scripted
from tests.worker.builders import BUYER, CHAT, SELLER
from worker.avito import requests
from worker.avito.client import AvitoClient
from worker.avito.errors import AvitoError, BadRequest, NotFound
from worker.avito.requests import Picture

Call = Callable[[AvitoClient], Awaitable[object]]

OPERATIONS = [found for found in vars(requests).values() if isinstance(found, requests.Operation)]
CALLS: dict[str, Call] = {
    "self": lambda avito: avito.account(),
    "chats": lambda avito: avito.chats(limit=20, offset=40, unread_only=True),
    "chat": lambda avito: avito.chat(CHAT),
    "messages": lambda avito: avito.messages(CHAT, limit=20, offset=40),
    "send": lambda avito: avito.send_text(CHAT, "Да"),
    "send_image": lambda avito: avito.send_image(CHAT, "7.a"),
    "upload": lambda avito: avito.upload_image(Picture(b"\xff\xd8 not really", "a.jpg")),
    "delete": lambda avito: avito.delete_message(CHAT, "m1"),
    "read": lambda avito: avito.mark_read(CHAT),
    "blacklist": lambda avito: avito.blacklist(BUYER, 4100200300, 1),
    "voice": lambda avito: avito.voice_files(["a", "b"]),
    "subscribe": lambda avito: avito.subscribe("https://hook.example.test/x"),
    "unsubscribe": lambda avito: avito.unsubscribe("https://hook.example.test/x"),
    "subscriptions": lambda avito: avito.subscriptions(),
}
# The document demands `url` of a sent text: copied from another operation.
KNOWN_FAULTS_OF_THE_DOCUMENT = {"send": {": required {'message': {'text': 'Да'}, 'type': 'text'}"}}


async def sent_by(store: Redis, call: Call) -> Seen:
    async with scripted(lambda seen: answer({})) as server, opened(store, server.url) as one:
        with suppress(AvitoError):  # `{}` is no good answer to most of them
            await call(one.avito)
        return server.calls[0]


def test_every_operation_is_tried_here() -> None:
    assert {"token", *CALLS} == {operation.name for operation in OPERATIONS}


@openapi.needs_documents
@pytest.mark.anyio
@pytest.mark.parametrize("name", CALLS)
async def test_every_request_is_what_avitos_document_allows(real_redis: Redis, name: str) -> None:
    seen = await sent_by(real_redis, CALLS[name])

    problems = openapi.request_problems(seen.method, seen.url, seen.headers, seen.body)

    assert problems == KNOWN_FAULTS_OF_THE_DOCUMENT.get(name, set())


@openapi.needs_documents
@pytest.mark.anyio
async def test_the_token_request_is_what_avitos_document_allows(real_redis: Redis) -> None:
    async with scripted() as server, opened(real_redis, server.url) as one:
        await one.avito.mark_read(CHAT)

        seen = server.token_requests[0]

    assert not openapi.request_problems(seen.method, seen.url, seen.headers, seen.body)


@openapi.needs_documents
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_is_one_of_avitos_document(operation: requests.Operation) -> None:
    path = operation.path.format(user_id=1, chat_id="c", message_id="m")

    assert openapi.find(operation.method, path).template == operation.path


@pytest.mark.anyio
async def test_a_list_asks_for_all_three_types_of_chats(real_redis: Redis) -> None:
    seen = await sent_by(real_redis, lambda avito: avito.chats())

    assert parse_qs(urlsplit(seen.url).query)["chat_types"] == ["u2i,u2u,a2u"]


@pytest.mark.anyio
async def test_history_is_asked_with_its_trailing_slash(real_redis: Redis) -> None:
    seen = await sent_by(real_redis, lambda avito: avito.messages("c"))

    assert urlsplit(seen.url).path == f"/messenger/v3/accounts/{SELLER}/chats/c/messages/"


@pytest.mark.anyio
@pytest.mark.parametrize("chat_id", ["a?c#d%", "u2i-Qe7k_W2m~Rt", "ч т", "..a"])
async def test_an_id_stays_one_segment_of_the_path_with_any_characters(
    real_redis: Redis, chat_id: str
) -> None:
    seen = await sent_by(real_redis, lambda avito: avito.mark_read(chat_id))

    values = openapi.Operation(
        "", "", "POST", "/messenger/v1/accounts/{user_id}/chats/{chat_id}/read", (), {}, {}
    ).path_values(seen.url)
    assert values == {"user_id": str(SELLER), "chat_id": chat_id}


NEVER_SENT: dict[str, Call] = {
    "no id": lambda avito: avito.chat(""),
    "this folder": lambda avito: avito.mark_read("."),
    "the folder above": lambda avito: avito.delete_message(CHAT, ".."),
    "an empty page": lambda avito: avito.messages(CHAT, limit=0),
    "a page too long": lambda avito: avito.chats(limit=101),
    "a page before the first": lambda avito: avito.messages(CHAT, limit=1, offset=-1),
    "a page beyond the last": lambda avito: avito.chats(limit=1, offset=1001),
}


@pytest.mark.anyio
@pytest.mark.parametrize("call", NEVER_SENT.values(), ids=NEVER_SENT)
async def test_what_avito_cannot_have_is_never_asked_for(real_redis: Redis, call: Call) -> None:
    async with scripted() as server, opened(real_redis, server.url) as one:
        with pytest.raises((NotFound, BadRequest)):
            await call(one.avito)

        assert server.calls == []


@pytest.mark.anyio
async def test_a_block_without_an_item_names_none(real_redis: Redis) -> None:
    seen = await sent_by(real_redis, lambda avito: avito.blacklist(BUYER, None, 2))

    assert json.loads(seen.body) == {"users": [{"user_id": BUYER, "context": {"reason_id": 2}}]}
