"""The secrets of a rotation survive a restart without Redis."""

from pathlib import Path

import redis as sync_redis

from ingest.webhook.rotation_file import RotationFile, record_of
from shared.accounts.webhook_secrets import Rotation, fingerprint
from shared.redis import keys
from testbed import RedisServer, eventually, free_port
from tests.ingest.process import PATH, SECRET, running_ingest

ROTATION = Rotation("new", "old", 100.0)
DIGESTS = [b"n" * 32, b"o" * 32]


def test_the_previous_secret_ends_also_while_redis_is_away(tmp_path: Path) -> None:
    RotationFile(tmp_path, ("old",), "a").save(record_of(("old",), ("new", "old"), DIGESTS, ROTATION))

    assert RotationFile(tmp_path, ("old",), "b").load(99.0) == DIGESTS
    assert RotationFile(tmp_path, ("old",), "b").load(101.0) == DIGESTS[:1]


def test_other_settings_do_not_load_the_file(tmp_path: Path) -> None:
    RotationFile(tmp_path, ("old",), "a").save(record_of(("old",), ("new", "old"), DIGESTS, ROTATION))

    assert RotationFile(tmp_path, ("by hand",), "a").load(99.0) == []


def test_nothing_is_saved_where_the_settings_say_the_same(tmp_path: Path) -> None:
    file = RotationFile(tmp_path, ("old",), "a")
    file.save([(DIGESTS[0], None)])

    file.save(record_of(("new", "old"), ("new", "old"), DIGESTS, ROTATION))

    assert list(tmp_path.iterdir()) == []


def test_an_invalid_file_is_ignored(tmp_path: Path) -> None:
    (tmp_path / f"proves-{fingerprint('old')}").write_text('[["zz", 1], 5]')

    assert RotationFile(tmp_path, ("old",), "a").load(99.0) == []


def test_an_ingest_started_without_redis_accepts_the_new_secret(
    tmp_path: Path, redis_server: RedisServer
) -> None:
    record = {"current": "the-newest-part", "previous": "the-part-between", "until": "99999999999"}
    record["retired"] = fingerprint(SECRET)
    with sync_redis.Redis.from_url(redis_server.url) as store:
        store.flushall()
        store.hset(keys.ROTATION, mapping=record)
    with running_ingest(redis_server.url, tmp_path) as ingest:
        eventually(lambda: list(tmp_path.rglob("proves-*")))
    assert not any(b"newest" in path.read_bytes() for path in tmp_path.rglob("proves-*"))

    with running_ingest(f"redis://127.0.0.1:{free_port()}/0", tmp_path) as ingest:
        assert ingest.post(b"{}", f"{PATH}/the-newest-part") == 200

        assert ingest.ready()["spool"]["entries"] == 1
