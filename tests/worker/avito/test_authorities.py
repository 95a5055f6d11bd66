"""Which certificates calls to Avito trust, and what is said of one that they do not."""

import pytest
from redis.asyncio import Redis

from shared import avito_state
from shared.redis import keys
from tests.support.certificates import Authority
from tests.worker.avito.breaking import EMPTY_OBJECT, Break, breaking
from tests.worker.avito.opened import opened
from worker.avito import requests as op
from worker.avito import transport
from worker.avito.backpressure import OPENS_AFTER
from worker.avito.errors import AvitoError, Unavailable, Untrusted
from worker.avito.requests import Request

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("authority")]


async def outcome(url: str) -> AvitoError | int:
    """Return the error of a request, or the status of its response."""
    async with transport.open_http(url) as http:
        try:
            response, _ = await transport.send(http, Request(op.SEND, "/send", json={}), "token", 20.0)
        except AvitoError as error:
            return error
    return response.status_code


async def test_a_certificate_that_is_not_trusted_was_sent_nothing_and_the_log_has_the_remedy(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    for certificate in (authority.self_signed("127.0.0.1"), authority.site("another.example")):
        caplog.clear()
        async with breaking(Break(answer=EMPTY_OBJECT), certificate) as server:
            told = await outcome(server.url)

        assert isinstance(told, Untrusted)
        assert not told.sent
        assert server.seen == b""
        (record,) = (one for one in caplog.records if one.msg == "worker.avito.untrusted")
        assert "ca-certificates" in record.__dict__["remedy"]


async def test_the_status_says_what_to_do_about_a_certificate_that_is_not_trusted(
    authority: Authority, real_redis: Redis
) -> None:
    async with (
        breaking(Break(answer=EMPTY_OBJECT), authority.self_signed("127.0.0.1")) as server,
        opened(real_redis, server.url) as one,
    ):
        for _ in range(OPENS_AFTER):  # beyond which the circuit breaker answers
            with pytest.raises(Unavailable):
                await one.avito.chats()

    told = await real_redis.hget(keys.FACTS, "avito")
    assert told is not None
    words = avito_state.words_of(avito_state.trouble_of(told.decode()))
    assert "ca-certificates" in words
    assert "SSL_CERT_FILE" in words
    assert "перезапустите" in words, "a process reads its authorities at its start"


async def test_authorities_that_cannot_be_read_name_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for file in ("/dev/null", "/nonexistent"):
        monkeypatch.setenv("SSL_CERT_FILE", file)
        with pytest.raises(OSError, match="SSL_CERT_FILE"):
            transport.open_http("https://127.0.0.1")


async def test_a_certificate_of_ssl_cert_file_is_trusted(authority: Authority) -> None:
    async with breaking(Break(answer=EMPTY_OBJECT), authority.site("localhost")) as server:
        assert await outcome(f"https://localhost:{server.port}") == 200
