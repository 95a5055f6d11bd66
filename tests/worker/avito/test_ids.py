"""No id leaves its segment of the path, whatever it is."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from tests.worker.avito.opened import opened
from tests.worker.avito.scripted import answer, scripted
from tests.worker.builders import CHAT, SELLER
from worker.avito.client import AvitoClient
from worker.avito.errors import NotFound
from worker.avito.requests import MESSAGES, VOICE, Operation, Request, is_real_id, path_of
from worker.messages import counters

if TYPE_CHECKING:
    from worker.avito.authentication import AuthenticatedExchange

BEYOND_ITS_SEGMENT = [
    "", " ", ".", "..", " .. ", "../../core/v1/accounts/self", "a/b", "a\\b", "..\\..", "%2e%2E", "a%2Fb",
    "a%252Fb", "%25252525252e.", "..%00", "a\x00", "a\r\nHost: b", "a\x85b", "\ud800", "a%c0%afb",
    "..;x=1", "..%3Bx", "x" * 257,
]  # fmt: skip
WITHIN_ITS_SEGMENT = [
    "u2i-Qe7k_W2m~RtY5vB1nHs0pA",
    "u2i-4100200300-205006007",
    "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "a?b#c&d=e",
    "50%",
    "ч т",
    "..a",
    "x" * 256,
]
Call = Callable[[AvitoClient, str], Awaitable[object]]
CALLS: list[Call] = [
    lambda avito, text: avito.chat(text),
    lambda avito, text: avito.messages(text),
    lambda avito, text: avito.send_text(text, "Да"),
    lambda avito, text: avito.send_image(text, "7.a"),
    lambda avito, text: avito.delete_message(text, "m1"),
    lambda avito, text: avito.delete_message(CHAT, text),
    lambda avito, text: avito.mark_read(text),
]
HOSTILE = (
    st.text() | st.text(alphabet="./\\%25eEfF;?#a\x00 ", max_size=12) | st.sampled_from(BEYOND_ITS_SEGMENT)
)


class MadeError(Exception):
    """The call was made."""


@dataclass
class Made:
    """Notes requests in the place of Avito."""

    requests: list[Request] = field(default_factory=list)

    async def call(self, request: Request, read: Any, urgency: Any) -> Any:
        self.requests.append(request)
        raise MadeError


def requests_of(call: Call, text: str) -> list[Request]:
    made = Made()
    client = AvitoClient(cast("AuthenticatedExchange", made), SELLER)
    with suppress(MadeError, NotFound):
        asyncio.run(cast("Any", call(client, text)))
    return made.requests


def target_of(request: Request) -> str:
    url = httpx2.Client(base_url="https://api.example.test").build_request("GET", request.path).url
    return url.raw_path.decode().partition("?")[0]


def fully_decoded(text: str) -> str:
    while (decoded := unquote(text)) != text:
        text = decoded
    return text


def segments(operation: Operation) -> int:
    return operation.path.count("/")


@pytest.mark.parametrize("text", BEYOND_ITS_SEGMENT)
def test_what_no_id_looks_like_is_no_id(text: str) -> None:
    assert not is_real_id(text)


@pytest.mark.parametrize("text", WITHIN_ITS_SEGMENT)
def test_an_id_of_avitos_may_hold_any_other_characters(text: str) -> None:
    assert is_real_id(text)


@given(st.sampled_from(CALLS), HOSTILE)
def test_a_request_has_the_segments_of_its_template_whatever_the_id(call: Call, text: str) -> None:
    for request in requests_of(call, text):
        target = target_of(request)
        assert target.count("/") == segments(request.operation)
        assert fully_decoded(target).count("/") == segments(request.operation)
        assert not {".", ".."} & set(fully_decoded(target).split("/"))


@pytest.mark.parametrize("text", WITHIN_ITS_SEGMENT)
def test_an_id_arrives_as_it_is(text: str) -> None:
    path = path_of(MESSAGES, SELLER, chat_id=text)

    assert unquote(path.split("/")[-3]) == text


@pytest.mark.anyio
async def test_what_is_no_id_is_not_asked_for_and_counted(real_redis: Redis) -> None:
    registry = CollectorRegistry()
    registry.register(counters.IDS_REFUSED)

    def counted(operation: str) -> float:
        name = "avito_live_avito_ids_refused_total"
        return registry.get_sample_value(name, {"operation": operation}) or 0.0

    before = counted("chat")
    async with scripted() as server, opened(real_redis, server.url) as one:
        for text in ("..", "a/b"):
            with pytest.raises(NotFound):
                await one.avito.chat(text)

    assert (server.seen, counted("chat") - before) == ([], 2)


@pytest.mark.anyio
async def test_voice_ids_that_would_be_several_are_left_out(real_redis: Redis) -> None:
    links = answer({"voices_urls": {"a": "https://voice.example.test/a.mp4"}})
    async with scripted(lambda seen: links) as server, opened(real_redis, server.url) as one:
        assert await one.avito.voice_files(["a,b", ".."]) == {}
        assert server.seen == []

        await one.avito.voice_files(["a", "a,b"])

    assert server.calls[0].url == path_of(VOICE, SELLER) + "?voice_ids=a"
