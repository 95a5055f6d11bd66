from collections.abc import Awaitable, Callable
from contextlib import suppress

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
    assert {"token", *CALLS} == {operation.name for operation in requests.ALL}


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
@pytest.mark.parametrize("operation", requests.ALL, ids=lambda operation: operation.name)
def test_every_operation_is_one_of_avitos_document(operation: requests.Operation) -> None:
    path = operation.path.format(user_id=1, chat_id="c", message_id="m")

    assert openapi.find(operation.method, path).template == operation.path


def test_a_list_asks_for_all_three_types_of_chats() -> None:
    assert ("chat_types", "u2i,u2u,a2u") in requests.chats(SELLER).query


def test_history_is_asked_with_its_trailing_slash() -> None:
    path = requests.messages(SELLER, "c").path

    assert path == f"/messenger/v3/accounts/{SELLER}/chats/c/messages/"


@pytest.mark.anyio
@pytest.mark.parametrize("chat_id", ["a/b?c#d%2e", "u2i-Qe7k_W2m~Rt", "ч т", "%2E%2E", "..a"])
async def test_an_id_stays_one_segment_of_the_path_with_any_characters(
    real_redis: Redis, chat_id: str
) -> None:
    seen = await sent_by(real_redis, lambda avito: avito.mark_read(chat_id))

    values = openapi.Operation(
        "", "", "POST", "/messenger/v1/accounts/{user_id}/chats/{chat_id}/read", (), {}, {}
    ).path_values(seen.url)
    assert values == {"user_id": str(SELLER), "chat_id": chat_id}


@pytest.mark.parametrize("chat_id", ["", ".", ".."])
def test_an_id_that_is_no_name_is_never_sent(chat_id: str) -> None:
    with pytest.raises(NotFound):
        requests.chat(SELLER, chat_id)


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (101, 0), (1, -1), (1, 1001)])
def test_pages_that_avito_does_not_give_are_never_asked_for(limit: int, offset: int) -> None:
    with pytest.raises(BadRequest):
        requests.messages(SELLER, CHAT, limit=limit, offset=offset)
    with pytest.raises(BadRequest):
        requests.chats(SELLER, limit=limit, offset=offset)


def test_a_block_without_an_item_names_none() -> None:
    body = requests.blacklist(SELLER, BUYER, None, 2).json

    assert body == {"users": [{"user_id": BUYER, "context": {"reason_id": 2}}]}
