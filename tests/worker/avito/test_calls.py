import asyncio
import logging
import time
from contextlib import suppress
from email.utils import formatdate

import pytest
from redis.asyncio import Redis

from shared.redis import connection, keys
from tests.worker.avito.opened import CLIENT_SECRET, opened
from tests.worker.avito.ports import refusing_port
from tests.worker.avito.scripted import (
    CUT,
    SILENCE,
    Reply,
    Script,
    Scripted,
    Seen,
    answer,
    envelope,
    scripted,
    with_tokens,
)
from tests.worker.builders import CHAT, SELLER
from worker.avito.backpressure import OPENS_AFTER
from worker.avito.client import AvitoClient
from worker.avito.errors import (
    AvitoError,
    BadKeys,
    BadRequest,
    Forbidden,
    NotFound,
    NotPaid,
    RateLimited,
    Unavailable,
    Unknown,
)
from worker.avito.rate_limit import Priority

pytestmark = pytest.mark.anyio

SENT = answer({"id": "m1", "type": "text", "created": 1757403900, "content": {"text": "Да"}})
IMPATIENT = 0.1  # time-outs of about a second


def in_turn(*replies: Reply) -> Script:
    """Answer with these, one after the other; the last one for ever."""
    left = list(replies)
    return lambda seen: left.pop(0) if len(left) > 1 else left[0]


async def fact(redis: Redis) -> str:
    shown = await redis.hget(keys.FACTS, "avito")
    return shown.decode() if isinstance(shown, bytes) else ""


async def retry_at(redis: Redis, unix_s: float) -> None:
    """Let the wait of an open circuit end at another time."""
    await redis.hset(keys.AVITO_RATE_LIMIT, "retry_at", str(unix_s))


async def send(avito: AvitoClient) -> AvitoError | str:
    """Send, and return what came of it."""
    try:
        return (await avito.at(Priority.REPLY, 0.0).send_text(CHAT, "Да")).id
    except AvitoError as error:
        return error


async def test_a_send_comes_back_as_our_message(real_redis: Redis) -> None:
    async with scripted(lambda seen: SENT) as server, opened(real_redis, server.url) as one:
        sent = await one.avito.send_text(CHAT, "Да")

    assert (sent.id, sent.direction, sent.created) == ("m1", "out", 1757403900)
    assert server.calls[0].token == "token-1"


async def test_a_list_is_dated_by_the_moment_of_its_request(real_redis: Redis) -> None:
    async with (
        scripted(lambda seen: answer({"chats": [{"id": "c"}]})) as server,
        opened(real_redis, server.url) as one,
    ):
        before = time.time()
        page = await one.avito.chats()

    assert before <= page.chats[0].facts.read_at <= time.time()


async def test_calls_share_a_connection(real_redis: Redis) -> None:
    made = 0

    class Counting(Scripted):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal made
            made += 1
            await super().serve(reader, writer)

    async with scripted(lambda seen: answer([]), Counting) as server, opened(real_redis, server.url) as one:
        for _ in range(5):
            await one.avito.messages(CHAT)

    assert made == 1


# Tokens


def only(token: str, status: int = 403) -> Script:
    """Accept one token, refuse every other."""
    return lambda seen: answer([]) if seen.token == token else envelope(status)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_token_revoked_in_the_middle_is_fetched_anew(real_redis: Redis, status: int) -> None:
    async with scripted(only("token-1")) as server, opened(real_redis, server.url) as one:
        await one.avito.messages(CHAT)
        server.script = only("token-2", status)

        page = await one.avito.messages(CHAT)

    assert page.messages == ()
    assert [seen.token for seen in server.calls] == ["token-1", "token-1", "token-2"]


async def test_a_refusal_of_a_new_token_is_final(real_redis: Redis) -> None:
    async with scripted(lambda seen: envelope(403)) as server, opened(real_redis, server.url) as one:
        with pytest.raises(Forbidden) as caught:
            await one.avito.messages(CHAT)

    assert caught.value.status == 403
    assert (len(server.calls), len(server.token_requests)) == (2, 2)


async def test_a_call_that_is_always_forbidden_does_not_cost_a_token_each_time(real_redis: Redis) -> None:
    async with scripted(lambda seen: envelope(403)) as server, opened(real_redis, server.url) as one:
        for _ in range(5):
            with pytest.raises(Forbidden):
                await one.avito.messages(CHAT)

    assert (len(server.calls), len(server.token_requests)) == (6, 2)


async def test_forbidden_everything_costs_few_tokens_however_many_chats(real_redis: Redis) -> None:
    async with (
        scripted(lambda seen: envelope(403)) as server,
        opened(real_redis, server.url) as one,
        opened(real_redis, server.url) as other,
    ):
        for number in range(20):
            for client in (one, other):
                with pytest.raises(Forbidden):
                    await client.avito.messages(f"chat-{number}")

    assert len(server.token_requests) == 4


async def test_a_token_that_could_not_be_replaced_at_once_is_replaced_later(real_redis: Redis) -> None:
    async with scripted(lambda seen: envelope(403)) as server, opened(real_redis, server.url) as one:
        for number in range(4):
            with pytest.raises(Forbidden):
                await one.avito.messages(f"chat-{number}")
        with pytest.raises(Forbidden):
            await one.avito.messages(CHAT)
        server.script = only("token-5")
        for number in range(3):
            await real_redis.delete(keys.lease(f"token_replaced:{SELLER}:{number}"))

        page = await one.avito.messages(CHAT)

    assert page.messages == ()


async def test_a_call_that_is_allowed_again_gets_a_new_token_when_its_own_is_revoked(
    real_redis: Redis,
) -> None:
    async with scripted(lambda seen: envelope(403)) as server, opened(real_redis, server.url) as one:
        with pytest.raises(Forbidden):
            await one.avito.messages(CHAT)
        server.script = only("token-2")
        await one.avito.messages(CHAT)
        server.script = only("token-3")

        page = await one.avito.messages(CHAT)

    assert page.messages == ()


async def test_chats_that_are_always_forbidden_do_not_drop_each_others_token(real_redis: Redis) -> None:
    def forbids_two(seen: Seen) -> Reply:
        return envelope(403) if "/chats/closed-" in seen.path else answer([])

    async with scripted(forbids_two) as server, opened(real_redis, server.url) as one:
        for _ in range(4):
            await one.avito.messages(CHAT)
            for closed in ("closed-1", "closed-2"):
                with pytest.raises(Forbidden):
                    await one.avito.messages(closed)

    assert len(server.token_requests) == 3


async def test_two_clients_that_race_for_a_token_fetch_exactly_one(real_redis: Redis) -> None:
    async with (
        scripted(lambda seen: answer([])) as server,
        opened(real_redis, server.url) as one,
        opened(real_redis, server.url) as other,
    ):
        await asyncio.gather(*(c.avito.messages(CHAT) for c in (one, other) for _ in range(10)))

    assert len(server.token_requests) == 1


async def test_two_clients_whose_token_was_revoked_fetch_exactly_one(real_redis: Redis) -> None:
    async with (
        scripted(only("token-1")) as server,
        opened(real_redis, server.url) as one,
        opened(real_redis, server.url) as other,
    ):
        await one.avito.messages(CHAT)
        server.script = only("token-2")
        await asyncio.gather(*(c.avito.messages(CHAT) for c in (one, other) for _ in range(10)))

    assert len(server.token_requests) == 2


async def test_refused_keys_are_raised_and_shown_in_the_status(real_redis: Redis) -> None:
    script = with_tokens(lambda seen: answer({"error": "invalid_client"}))
    async with scripted(script) as server, opened(real_redis, server.url) as one:
        outcomes = [await send(one.avito) for _ in range(3)]

    assert [type(outcome) for outcome in outcomes] == [BadKeys] * 3
    assert len(server.seen) == 1
    assert await fact(real_redis) == "keys refused"


async def test_a_reply_without_a_token_is_known_not_to_be_sent(real_redis: Redis) -> None:
    script = with_tokens(lambda seen: envelope(503))
    async with scripted(script) as server, opened(real_redis, server.url) as one:
        outcome = await send(one.avito)

    assert isinstance(outcome, Unavailable)
    assert not outcome.sent


# What Avito refuses


@pytest.mark.parametrize(
    ("status", "kind"), [(400, BadRequest), (402, NotPaid), (404, NotFound), (409, BadRequest)]
)
async def test_a_refusal_is_not_tried_again(real_redis: Redis, status: int, kind: type[AvitoError]) -> None:
    async with scripted(lambda seen: envelope(status)) as server, opened(real_redis, server.url) as one:
        outcome = await send(one.avito)

    assert isinstance(outcome, kind)
    assert len(server.calls) == 1


async def test_an_unpaid_tariff_is_shown_until_the_call_works(real_redis: Redis) -> None:
    async with scripted(in_turn(envelope(402), SENT)) as server, opened(real_redis, server.url) as one:
        await send(one.avito)
        shown = await fact(real_redis)
        await send(one.avito)

    assert (shown, await fact(real_redis)) == ("not paid", "ok")


# Trouble on the way


async def test_a_failed_connection_sent_nothing(real_redis: Redis) -> None:
    await real_redis.set(keys.token(SELLER), "token")
    with refusing_port() as port:
        async with opened(real_redis, f"http://127.0.0.1:{port}") as one:
            outcome = await send(one.avito)

    assert isinstance(outcome, Unavailable)
    assert not outcome.sent


@pytest.mark.parametrize(
    ("reply", "how"),
    [(CUT, "cut"), (Reply(cut_body=True, body=b'{"id"'), "cut"), (SILENCE, "silent")],
    ids=["no answer", "half an answer", "silence"],
)
async def test_a_send_without_a_response_is_unknown_never_not_sent(
    real_redis: Redis, reply: Reply, how: str
) -> None:
    await real_redis.set(keys.token(SELLER), "token")
    async with (
        scripted(lambda seen: reply) as server,
        opened(real_redis, server.url, patience=IMPATIENT) as one,
    ):
        outcome = await send(one.avito)

    assert isinstance(outcome, Unknown)
    assert outcome.how == how
    assert len(server.calls) == 1


async def test_a_send_cut_on_a_kept_connection_is_unknown_too(real_redis: Redis) -> None:
    async with scripted(in_turn(SENT, CUT)) as server, opened(real_redis, server.url) as one:
        outcomes = [await send(one.avito), await send(one.avito)]

    assert outcomes[0] == "m1"
    assert isinstance(outcomes[1], Unknown)


@pytest.mark.parametrize(
    "reply",
    [CUT, SILENCE, Reply(502, b"<html>Bad gateway</html>"), envelope(500), Reply(200, b"<html>Hi</html>")],
    ids=["cut", "silence", "HTML", "500", "HTML with 200"],
)
async def test_a_read_without_a_good_response_is_unavailable(real_redis: Redis, reply: Reply) -> None:
    async with (
        scripted(lambda seen: reply) as server,
        opened(real_redis, server.url, patience=IMPATIENT) as one,
    ):
        with pytest.raises(Unavailable):
            await one.avito.messages(CHAT)


async def test_a_response_that_trickles_does_not_outlast_the_time_out(real_redis: Redis) -> None:
    class Trickling(Scripted):
        async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            with suppress(ConnectionError):  # the caller hangs up, perhaps in the middle of a write
                while True:
                    writer.write(b" ")
                    await writer.drain()
                    await asyncio.sleep(0.01)

    await real_redis.set(keys.token(SELLER), "token")
    async with scripted(None, Trickling) as server, opened(real_redis, server.url, patience=IMPATIENT) as one:
        outcome = await send(one.avito)

    assert isinstance(outcome, Unknown)
    assert outcome.how == "silent"


# Limits


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "a date"])
async def test_retry_after_is_obeyed_by_all_workers(real_redis: Redis, as_date: bool) -> None:
    retry_after = formatdate(time.time() + 300, usegmt=True) if as_date else "300"
    script = in_turn(envelope(429, Retry_After=retry_after), answer([]))
    async with (
        scripted(script) as server,
        opened(real_redis, server.url) as one,
        opened(real_redis, server.url) as other,
    ):
        refused = await send(one.avito)
        held_back = await send(other.avito)

    assert isinstance(refused, RateLimited)
    assert isinstance(held_back, RateLimited)
    assert (refused.status, held_back.status, len(server.calls)) == (429, None, 1)
    assert 200 < held_back.retry_after < refused.retry_after + 0.01 < 301


async def test_workers_wait_for_the_next_window_before_avito_says_429(real_redis: Redis) -> None:
    used_up = answer([], X_RateLimit_Limit="500", X_RateLimit_Remaining="0", X_RateLimit_Reset="30")
    async with scripted(lambda seen: used_up) as server, opened(real_redis, server.url) as one:
        await one.avito.messages(CHAT)
        outcome = await send(one.avito)

    assert isinstance(outcome, RateLimited)
    assert len(server.calls) == 1


async def test_a_429_without_retry_after_waits_longer_each_time(real_redis: Redis) -> None:
    async with scripted(lambda seen: envelope(429)) as server, opened(real_redis, server.url) as one:
        waits = []
        for _ in range(3):
            outcome = await send(one.avito)
            assert isinstance(outcome, RateLimited)
            waits.append(outcome.retry_after)
            await real_redis.hdel(keys.AVITO_RATE_LIMIT, "pause")

    assert waits == [1.0, 1.5, 3.0]


async def test_a_call_waits_for_a_permit_within_its_patience(real_redis: Redis) -> None:
    script = in_turn(envelope(429, Retry_After="0.3"), answer([]))
    async with scripted(script) as server, opened(real_redis, server.url) as one:
        await send(one.avito)
        await one.avito.at(Priority.SWEEP, patience_s=30).messages(CHAT)

    refused, passed = server.calls
    assert passed.at - refused.at >= 0.3


async def test_our_own_rate_limit_holds_a_call_back_before_avito_does(real_redis: Redis) -> None:
    async with (
        scripted(lambda seen: answer([])) as server,
        opened(real_redis, server.url, per_minute=10) as one,
    ):
        outcomes = [await send(one.avito) for _ in range(3)]

    assert isinstance(outcomes[-1], RateLimited)
    assert len(server.seen) == 2


# The circuit


async def test_after_failures_in_a_row_the_circuit_opens_and_the_status_says_so(real_redis: Redis) -> None:
    async with (
        scripted(lambda seen: envelope(500)) as server,
        opened(real_redis, server.url) as one,
        opened(real_redis, server.url) as other,
    ):
        for _ in range(OPENS_AFTER):
            await send(one.avito)
        assert await real_redis.hexists(keys.AVITO_RATE_LIMIT, "retry_at")
        await retry_at(real_redis, time.time() + 600)
        outcome = await send(other.avito)

    assert len(server.calls) == OPENS_AFTER
    assert isinstance(outcome, Unavailable)
    assert outcome.retry_after is not None
    assert (outcome.sent, outcome.retry_after > 500) == (False, True)
    assert (await fact(real_redis)).startswith("down since ")


class StaysError(Exception):
    """Raised to stop a request that is about to be sent."""


async def stays() -> None:
    raise StaysError


async def send_that_stays(avito: AvitoClient) -> None:
    with pytest.raises(StaysError):
        await avito.at(Priority.REPLY, 0.0, stays).send_text(CHAT, "Да")


async def test_a_probe_that_is_not_sent_delays_no_other_call(real_redis: Redis) -> None:
    script = in_turn(*[envelope(500)] * OPENS_AFTER, SENT)
    async with scripted(script) as server, opened(real_redis, server.url) as one:
        for _ in range(OPENS_AFTER):
            await send(one.avito)
        await retry_at(real_redis, 1)
        await send_that_stays(one.avito)
        outcome = await send(one.avito)

    assert outcome == "m1"
    assert await fact(real_redis) == "ok"


async def test_requests_that_are_not_sent_use_up_no_calls(real_redis: Redis) -> None:
    async with scripted(lambda seen: SENT) as server, opened(real_redis, server.url, per_minute=10) as one:
        for _ in range(5):
            await send_that_stays(one.avito)
        outcome = await send(one.avito)

    assert outcome == "m1"
    assert len(server.calls) == 1


async def test_a_successful_probe_closes_the_circuit_for_all(real_redis: Redis) -> None:
    async with scripted(lambda seen: envelope(500)) as server, opened(real_redis, server.url) as one:
        for _ in range(OPENS_AFTER):
            await send(one.avito)
        server.script = lambda seen: SENT
        await retry_at(real_redis, 1)

        outcomes = [await send(one.avito) for _ in range(3)]

    assert outcomes == ["m1"] * 3
    assert await fact(real_redis) == "ok"


# Redis away


async def test_calls_go_on_while_redis_is_away(redis_away: Redis) -> None:
    async with scripted(lambda seen: SENT) as server, opened(redis_away, server.url) as one:
        outcome = await one.avito.send_text(CHAT, "Да")

    assert outcome.id == "m1"


class Hanging(Scripted):
    """Takes everything, answers nothing."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.read()
        finally:
            writer.close()


async def test_a_redis_that_hangs_does_not_hang_a_call(anyio_backend: str) -> None:
    async with (
        scripted(None, Hanging) as hanging,
        connection.connect(f"redis://127.0.0.1:{hanging.port}/0") as redis,
        scripted(lambda seen: SENT) as server,
        opened(redis, server.url) as one,
    ):
        outcome = await one.avito.send_text(CHAT, "Да")

    assert outcome.id == "m1"


# What is told of it


async def test_every_call_is_logged_and_counted_without_its_secrets(
    real_redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="worker.avito")
    async with scripted(in_turn(SENT, envelope(404), CUT)) as server, opened(real_redis, server.url) as one:
        for _ in range(3):
            await send(one.avito)

        counted = [one.calls("send", status) for status in ("200", "404", "cut")]

    path = "/messenger/v1/accounts/{user_id}/chats/{chat_id}/messages"
    told = [record for record in caplog.records if record.message == "worker.avito.call"]
    assert [(vars(r)["method"], vars(r)["path"], vars(r)["status"]) for r in told[1:]] == [
        ("POST", path, "200"),
        ("POST", path, "404"),
        ("POST", path, "cut"),
    ]
    assert counted == [1, 1, 1]
    for secret in ("token-1", CLIENT_SECRET, "Да", CHAT):
        assert secret not in str([vars(record) for record in caplog.records if record.name == "worker.avito"])


async def test_a_success_that_is_none_is_counted_as_what_it_is(real_redis: Redis) -> None:
    html, refused = Reply(200, b"<html>"), answer({"error": {"code": 403, "message": "no"}})
    async with scripted(in_turn(html, refused)) as server, opened(real_redis, server.url) as one:
        for _ in range(2):
            with suppress(AvitoError):
                await one.avito.chats()

        counted = [one.calls("chats", status) for status in ("unreadable", "refused")]

    assert counted[0] == 1
    assert counted[1] >= 1


@pytest.mark.parametrize("reply", [CUT, envelope(400, CLIENT_SECRET), envelope(500), Reply(200, b"token-1")])
async def test_no_error_says_a_secret(real_redis: Redis, reply: Reply) -> None:
    def script(seen: Seen) -> Reply:
        return reply

    async with scripted(script) as server, opened(real_redis, server.url) as one:
        outcome = await send(one.avito)

    assert isinstance(outcome, AvitoError)
    for secret in ("token-1", CLIENT_SECRET, CHAT):
        assert secret not in f"{outcome} {outcome!r} {outcome.__cause__!r}"


async def test_a_client_that_is_printed_says_no_secret(real_redis: Redis) -> None:
    async with scripted(lambda seen: envelope(403)) as server, opened(real_redis, server.url) as one:
        await send(one.avito)

        shown = f"{one.avito} {one.avito!r}"

    for secret in ("token-1", "token-2", CLIENT_SECRET):
        assert secret not in shown


async def test_before_send_runs_each_time_a_request_is_about_to_leave(real_redis: Redis) -> None:
    told: list[int] = []
    async with (
        scripted(in_turn(envelope(401), SENT)) as server,
        opened(real_redis, server.url) as one,
    ):

        async def leaving() -> None:
            told.append(len(server.seen))

        await one.avito.at(Priority.REPLY, before_send=leaving).send_text(CHAT, "Да")

    assert [seen.path == "/token" for seen in server.seen] == [True, False, True, False]
    assert told == [1, 3]


async def test_a_request_that_before_send_stops_is_not_sent(real_redis: Redis) -> None:
    async def leaving() -> None:
        raise LookupError

    async with scripted() as server, opened(real_redis, server.url) as one:
        with pytest.raises(LookupError):
            await one.avito.at(Priority.REPLY, before_send=leaving).send_text(CHAT, "Да")

    assert server.calls == []
