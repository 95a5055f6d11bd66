"""No fault loses a webhook: Redis in every bad state, the disk, ingest itself."""

import http.client
import itertools
import os
import signal
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import pytest
import redis

from ingest.store.pressure import INBOX_MARK
from ingest.store.redis_writer import TIMEOUT_S
from shared.redis import keys
from testbed import RedisServer, eventually, free_port, running_redis
from tests.ingest.process import BOTH_WAYS, PATH, Ingest, kept, running_ingest


@contextmanager
def frozen(server: RedisServer) -> Iterator[None]:
    """Freeze Redis: connections stay open, nothing answers."""
    assert server.process
    server.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.process.send_signal(signal.SIGCONT)


@contextmanager
def posting(ingest: Ingest) -> Iterator[list[bytes]]:
    """Post from eight connections for the length of the block; gives the bodies that were answered 200."""
    acknowledged: list[bytes] = []
    numbers, going = itertools.count(), True

    def post() -> None:
        while going:
            body = b"%d" % next(numbers)
            try:
                if ingest.post(body) == 200:
                    acknowledged.append(body)
            except (
                OSError,
                http.client.HTTPException,
            ):  # the process ended: what counts is what it had answered
                return

    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(post) for _ in range(8)]
        try:
            yield acknowledged
        finally:
            going = False
    for one in done:
        one.result()


def more(acknowledged: list[bytes], count: int) -> None:
    """Wait for `count` more."""
    wanted = len(acknowledged) + count
    eventually(lambda: len(acknowledged) >= wanted)


def client_of(server: RedisServer) -> redis.Redis:
    return redis.Redis(port=server.port)


def bodies(client: redis.Redis) -> list[bytes]:
    return [webhook.body for webhook in kept(client)]


def fill_memory(client: redis.Redis) -> None:
    """Let 80 % of the memory be in use."""
    used = int(client.execute_command("INFO", "memory")["used_memory"])
    client.config_set("maxmemory", str(int(used * 1.25)))


def spool_up(ingest: Ingest, count: int) -> list[bytes]:
    """Post while Redis is away; every answer is 200, and most wait for the disk alone, not for Redis."""
    posted = [b"%d" % number for number in range(count)]
    usual, took = [], []
    for body in posted:
        began = time.monotonic()
        ingest.send("GET", "/livez")
        write_through(ingest.part.log.with_name("yardstick"), body)
        probed = time.monotonic()
        assert ingest.post(body) == 200
        usual.append(probed - began)
        took.append(time.monotonic() - probed)
    assert median(took) < 3 * median(usual) + TIMEOUT_S / 2
    return posted


def write_through(path: Path, data: bytes) -> None:
    """Write as the spool does: the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@BOTH_WAYS
def test_while_redis_is_frozen_every_ack_is_fast_and_nothing_is_lost(
    redis_here: RedisServer, tmp_path: Path, way: str
) -> None:
    with running_ingest(redis_here.url, tmp_path, way=way) as ingest, client_of(redis_here) as client:
        with frozen(redis_here):
            posted = spool_up(ingest, 50)
            assert ingest.ready()["ready"]
            assert ingest.ready()["spooling"]

        # What Redis had received before it was given up comes twice: the commit makes that harmless.
        eventually(lambda: set(bodies(client)) == set(posted))
        eventually(lambda: not ingest.ready()["spooling"])


def test_without_redis_webhooks_wait_in_the_spool_and_arrive_in_order(
    redis_here: RedisServer, tmp_path: Path
) -> None:
    with running_ingest(redis_here.url, tmp_path) as ingest, client_of(redis_here) as client:
        redis_here.kill()
        posted = spool_up(ingest, 120)
        assert (ingest.status()["status"], ingest.status()["spooled"]) == ("down", 120)
        redis_here.start()

        eventually(lambda: len(bodies(client)) >= 120)
        assert bodies(client) == posted
        eventually(
            lambda: ingest.ready()["spool"] == {"writable": True, "bytes": 0, "entries": 0, "corrupt": 0}
        )
        assert list((tmp_path / "spool").iterdir()) == []


def test_ingest_starts_and_accepts_webhooks_without_redis(tmp_path: Path) -> None:
    with running_ingest(f"redis://127.0.0.1:{free_port()}/0", tmp_path) as ingest:
        spool_up(ingest, 3)

        assert ingest.client.get("/readyz").status_code == 200


def test_webhooks_wait_in_the_spool_while_redis_is_out_of_memory(
    redis_here: RedisServer, tmp_path: Path
) -> None:
    with running_ingest(redis_here.url, tmp_path) as ingest, client_of(redis_here) as client:
        client.config_set("maxmemory", "1")
        posted = spool_up(ingest, 20)
        assert bodies(client) == []
        client.config_set("maxmemory", "0")

        eventually(lambda: bodies(client) == posted)


def test_webhooks_wait_in_the_spool_while_redis_is_read_only(redis_here: RedisServer, tmp_path: Path) -> None:
    with (
        running_redis(tmp_path / "master") as master,
        running_ingest(redis_here.url, tmp_path) as ingest,
        client_of(redis_here) as client,
    ):
        client.replicaof("127.0.0.1", str(master.port))
        posted = spool_up(ingest, 20)
        client.replicaof("NO", "ONE")

        eventually(lambda: bodies(client) == posted)


def test_an_overloaded_inbox_gets_nothing_until_it_is_shorter(
    redis_here: RedisServer, tmp_path: Path
) -> None:
    fill = "for i = 1, ARGV[1] do redis.call('XADD', KEYS[1], '*', 'b', 'old') end"
    with client_of(redis_here) as client:
        client.eval(fill, 1, keys.INBOX, str(INBOX_MARK))
        with running_ingest(redis_here.url, tmp_path) as ingest:
            eventually(lambda: ingest.ready()["spooling"])
            posted = spool_up(ingest, 5)
            assert client.xlen(keys.INBOX) == INBOX_MARK
            client.delete(keys.INBOX)

            eventually(lambda: bodies(client) == posted)


def test_webhooks_get_through_by_the_spool_while_redis_is_short_of_memory(
    redis_here: RedisServer, tmp_path: Path
) -> None:
    with running_ingest(redis_here.url, tmp_path) as ingest, client_of(redis_here) as client:
        fill_memory(client)
        eventually(lambda: ingest.ready()["spooling"])
        posted = spool_up(ingest, 10)

        assert ingest.metric("ack_seconds_count", '{place="spool"}') == 10
        eventually(lambda: bodies(client) == posted)


def test_an_unverified_webhook_is_never_spooled(tmp_path: Path) -> None:
    with running_ingest(f"redis://127.0.0.1:{free_port()}/0", tmp_path) as ingest:
        assert ingest.post("{}", PATH) == 200

        assert ingest.ready()["spool"]["entries"] == 0
        assert ingest.metric("hints_dropped_total", '{reason="redis"}') == 1


def test_without_redis_and_with_a_full_disk_there_is_no_false_200(
    redis_here: RedisServer, tmp_path: Path
) -> None:
    with (
        running_ingest(redis_here.url, tmp_path, file_size=64 * 1024) as ingest,
        client_of(redis_here) as client,
    ):
        redis_here.kill()
        bodies_sent = [b"%d " % number + b"x" * 9_000 for number in range(12)]
        statuses = [ingest.post(body) for body in bodies_sent]
        assert (statuses.count(200), statuses.count(503)) == (5, 7)
        assert "ingest.spool.failed" in ingest.logged()
        assert ingest.client.get("/readyz").status_code == 503
        redis_here.start()

        taken = [body for body, status in zip(bodies_sent, statuses, strict=True) if status == 200]
        eventually(lambda: bodies(client) == taken)
        eventually(lambda: ingest.post("{}") == 200)


def test_without_redis_an_unwritable_folder_is_503_until_it_is_writable(tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.touch()
    with running_ingest(f"redis://127.0.0.1:{free_port()}/0", tmp_path, spool=spool) as ingest:
        assert ingest.post("{}") == 503
        assert ingest.client.get("/readyz").status_code == 503
        assert "ingest.spool.failed" in ingest.logged()
        spool.unlink()

        eventually(lambda: ingest.ready()["ready"])
        assert ingest.post("{}") == 200


def test_an_unwritable_folder_alone_does_no_harm(redis_here: RedisServer, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.touch()
    with running_ingest(redis_here.url, tmp_path, spool=spool) as ingest:
        assert ingest.post("{}") == 200
        assert ingest.ready()["ready"]


def test_an_overloaded_redis_is_used_when_the_disk_fails(redis_here: RedisServer, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.touch()
    with (
        running_ingest(redis_here.url, tmp_path, spool=spool) as ingest,
        client_of(redis_here) as client,
    ):
        client.config_set(
            "maxmemory", str(int(client.execute_command("INFO", "memory")["used_memory"] * 1.25))
        )
        eventually(lambda: ingest.ready()["spooling"])

        assert ingest.post("{}") == 200
        assert bodies(client) == [b"{}"]


def test_the_spool_of_a_killed_ingest_is_drained_by_another(redis_here: RedisServer, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    with (
        running_ingest(redis_here.url, tmp_path / "a", spool=spool) as first,
        running_ingest(redis_here.url, tmp_path / "b", spool=spool) as second,
        client_of(redis_here) as client,
    ):
        redis_here.kill()
        with posting(first) as acknowledged:
            eventually(lambda: len(acknowledged) > 200)
            first.kill()
        spool_up(second, 5)
        redis_here.start()

        eventually(lambda: set(acknowledged) <= set(bodies(client)))
        assert "ingest.spool.adopted" in second.logged()
        eventually(lambda: list(spool.iterdir()) == [])


@BOTH_WAYS
def test_no_acknowledged_webhook_is_lost_when_ingest_is_killed(
    redis_here: RedisServer, tmp_path: Path, way: str
) -> None:
    with running_ingest(redis_here.url, tmp_path, way=way) as ingest, client_of(redis_here) as client:
        with posting(ingest) as acknowledged:
            eventually(lambda: len(acknowledged) > 200)
            ingest.kill()

        assert set(acknowledged) <= set(bodies(client))


@BOTH_WAYS
@pytest.mark.parametrize("away", [False, True], ids=["to redis", "to the spool"])
def test_sigterm_shuts_it_down_with_nothing_lost(
    redis_here: RedisServer, tmp_path: Path, way: str, away: bool
) -> None:
    with client_of(redis_here) as client:
        with running_ingest(redis_here.url, tmp_path, way=way) as ingest:
            if away:
                redis_here.kill()
            with posting(ingest) as acknowledged:
                eventually(lambda: len(acknowledged) > 200)
                began = time.monotonic()
                assert ingest.stop() == 0
                assert time.monotonic() - began < 10
            assert "Traceback" not in ingest.logged()
        if away:
            redis_here.start()

        with running_ingest(redis_here.url, tmp_path):
            eventually(lambda: set(acknowledged) <= set(bodies(client)))


def test_sigterm_does_not_wait_for_a_request_that_never_ends(redis_here: RedisServer, tmp_path: Path) -> None:
    with (
        running_ingest(redis_here.url, tmp_path) as ingest,
        socket.create_connection(("127.0.0.1", ingest.port)) as connection,
    ):
        connection.sendall(f"POST {PATH} HTTP/1.1\r\nContent-Length: 9\r\n\r\n{{".encode())
        ingest.post("{}")
        began = time.monotonic()

        assert ingest.stop() == 0
        assert time.monotonic() - began < 10


@BOTH_WAYS
def test_a_flapping_redis_under_load_loses_nothing(redis_here: RedisServer, tmp_path: Path, way: str) -> None:
    with running_ingest(redis_here.url, tmp_path, way=way) as ingest, client_of(redis_here) as client:
        with posting(ingest) as acknowledged:
            for _ in range(4):
                more(acknowledged, 50)
                with frozen(redis_here):
                    more(acknowledged, 50)

        eventually(lambda: set(acknowledged) <= set(bodies(client)))
        assert ingest.metric("refused_total", '{reason="not_kept"}') == 0
