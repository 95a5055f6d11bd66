"""What strangers post does not hold the worker up, nor the messages of those who know the secret."""

import gzip
import json
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from shared.redis import keys
from testbed import ACCOUNT, System, running_system, until
from tests.support import bare_http
from tests.support.door_watch import watching
from tests.worker.messages.hostile import MADE

pytestmark = [pytest.mark.anyio, pytest.mark.attack]
CHAT = "u2i-good~AbCdEfGhIj"
OPENED = 256 * 1024
_TIMES = 5


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    async with running_system(tmp_path_factory.mktemp("bodies"), "ingest", "worker") as started:
        yield started


def hostile(system: System, secret: bool) -> list[bytes]:
    """Return posts of every kind, as small as they can be sent."""
    good = urlsplit(system.webhook_url).path
    path = good if secret else f"{good}x"
    size = OPENED if secret else 32 * 1024
    bodies = [gzip.compress(made(n), mtime=0) for made in MADE.values() for n in (size // 8, size)]
    url, gzipped = system.url("ingest"), {"Content-Encoding": "gzip"}
    return [bare_http.request("POST", f"{url}{path}", gzipped, body) for body in bodies] * _TIMES


async def post_good(system: System, message_id: str) -> None:
    value = {"id": message_id, "chat_id": CHAT, "user_id": ACCOUNT, "author_id": 205006007, "type": "text"}
    value |= {"created": int(time.time()), "content": {"text": "Здравствуйте"}}
    body = json.dumps({"id": "d", "payload": {"type": "message", "value": value}}).encode()
    answers = await bare_http.send(
        system.url("ingest"), [bare_http.request("POST", system.webhook_url, body=body)]
    )
    assert [answer.status_code for answer in answers] == [200]


@pytest.mark.parametrize("secret", [False, True], ids=["a stranger", "one who knows the secret"])
async def test_bodies_that_are_slow_to_read_leave_the_worker_to_others(system: System, secret: bool) -> None:
    sent = hostile(system, secret)
    stream = keys.INBOX if secret else keys.UNVERIFIED
    async with system.redis as redis, watching(system.part("worker")) as figures:
        answers = await bare_http.send(system.url("ingest"), sent)
        await post_good(system, f"good-{secret}")
        await until(lambda: redis.hexists(keys.messages(ACCOUNT, CHAT), f"good-{secret}"), within=60)

        async def is_read() -> bool:
            return bool(await redis.xlen(stream) == 0)

        await until(is_read, within=120)

    assert {answer.status_code for answer in answers} == {200}
    assert figures.faults() == []
