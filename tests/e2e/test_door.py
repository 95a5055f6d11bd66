"""A message is shown in whatever form its webhook comes: at once, after an outage, after an upgrade."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from shared.redis import keys
from shared.wires import dead_letters, inbox
from testbed import System, running_system, until
from tests.push_gateway.panel import PATH, Panel
from tests.support import bare_http
from tests.support.webhook_forms import CHAT, H2C, forms, until_shown, webhook

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    async with running_system(tmp_path_factory.mktemp("door"), "ingest", "worker", "gateway") as system:
        yield system


@pytest.fixture
async def system(running: System) -> System:
    """The running system without the dead letters of other tests."""
    async with running.redis as redis:
        await redis.xtrim(keys.DEAD, maxlen=0, approximate=False)
    return running


async def post(system: System, form: tuple[bytes, dict[str, str]]) -> None:
    body, headers = form
    (answer,) = await bare_http.send(
        system.webhook_url, [bare_http.request("POST", system.webhook_url, headers, body)]
    )
    assert answer.status_code == 200


async def test_every_form_is_shown_and_none_is_a_dead_letter(system: System) -> None:
    told = forms("u2i-every-form")
    for form in told.values():
        await post(system, form)
    for probe in (b"\xef\xbb\xbf{}", gzip.compress(b"{}"), b'\xef\xbb\xbf{"test": true}'):
        await post(system, (probe, {}))

    await until_shown(system, set(told), "u2i-every-form")
    async with system.redis as redis:
        assert await redis.xlen(keys.DEAD) == 0


async def test_every_form_is_shown_after_an_outage_of_redis(tmp_path: Path, anyio_backend: str) -> None:
    told = forms()
    async with running_system(tmp_path, "ingest", "worker", "gateway") as system:
        await system.stop("redis")
        for form in told.values():
            await post(system, form)
        await system.start("redis")

        await until_shown(system, set(told))
        async with system.redis as redis:
            assert await redis.xlen(keys.DEAD) == 0


async def test_what_cannot_be_opened_is_a_dead_letter_that_says_why(system: System) -> None:
    bomb = gzip.compress(b" " * 200 * 1024**2)
    await post(system, (bomb, {"Content-Encoding": "gzip"}))
    await post(system, (b"\x1b\x03\x00\xf8", {"Content-Encoding": "br"}))

    async with system.redis as redis:

        async def both_are_dead() -> bool:
            return int(await redis.xlen(keys.DEAD)) == 2

        await until(both_are_dead)
        unknown, too_large = await dead_letters.newest(redis, 2)
    assert "opens to more than" in too_large.reason
    assert "'br'" in unknown.reason
    assert (unknown.webhook.body, unknown.webhook.encoding) == (b"\x1b\x03\x00\xf8", b"br")


async def test_a_letter_of_the_version_before_is_cured_by_a_redrive(system: System) -> None:
    """That version kept no headers, and could not open these bodies."""
    old = {name: body for name, (body, _) in forms("u2i-before").items()}
    async with system.redis as redis:
        for body in old.values():
            entry = (*inbox.write(inbox.Webhook(body, time.time())), b"reason", b"not JSON", b"at", b"1")
            await redis.execute_command("XADD", keys.DEAD, "*", *entry)
        redriven = await dead_letters.redrive_all(redis)

        await until_shown(system, set(old), "u2i-before")
        assert (redriven, await redis.xlen(keys.DEAD)) == (len(old), 0)


async def test_a_redriven_letter_keeps_its_encoding(system: System) -> None:
    """So that a version that can open it does."""
    async with system.redis as redis:
        for _ in range(2):
            await post(system, (b"\x1b\x03\x00\xf8", {"Content-Encoding": "br"}))

        async def all_are_dead() -> bool:
            return int(await redis.xlen(keys.DEAD)) == 2

        await until(all_are_dead)
        first = {letter.id for letter in await dead_letters.newest(redis, 2)}
        await dead_letters.redrive_all(redis)

        async def all_came_back() -> bool:
            letters = await dead_letters.newest(redis, 2)
            return len(letters) == 2 and first.isdisjoint(letter.id for letter in letters)

        await until(all_came_back)
        assert {letter.webhook.encoding for letter in await dead_letters.newest(redis, 2)} == {b"br"}


async def test_the_api_takes_a_reply_that_offers_another_protocol(system: System) -> None:
    await post(system, (webhook("m-first"), {}))
    await until_shown(system, {"m-first"})
    async with Panel.at(system.url("gateway")) as panel:
        await panel.log_in()
        url = f"{panel.base}{PATH}api/chats/{CHAT}/messages"
        cookie = f"avito_session={panel.http.cookies['avito_session']}"
        headers = {"Cookie": cookie, "Origin": panel.base, "Content-Type": "application/json"}
        replies = [b'{"text": "Da", "ref": "r-%d"}' % number for number in range(2)]
        statuses = [
            (await bare_http.send(url, [bare_http.request("POST", url, headers | H2C, reply)]))[0].status_code
            for reply in replies
        ]
        in_pieces = await _post_in_pieces(url, headers, b'{"text": "Net", "ref": "r-pieces"}')

    assert statuses == [202, 202]
    assert in_pieces == b"HTTP/1.1 202"


async def _post_in_pieces(url: str, headers: dict[str, str], body: bytes) -> bytes:
    """Post with an offer, the body in a second packet; return the first bytes of the answer."""
    to = httpx2.URL(url)
    head, rest = bare_http.request("POST", url, headers | H2C, body)[: -len(body)], body
    reader, writer = await asyncio.open_connection(to.host, to.port)
    for piece in (head, rest):
        writer.write(piece)
        await writer.drain()
    answered = await reader.readexactly(12)
    writer.close()
    await writer.wait_closed()
    return answered
