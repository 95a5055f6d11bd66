"""The spool: many webhooks in one fsync, drained in order, corrupt records skipped and counted."""

import asyncio
import os
from pathlib import Path
from typing import Self
from unittest.mock import Mock

import pytest

from ingest.metrics import Metrics
from ingest.spool import drain, records
from ingest.spool.drain import Drain
from ingest.spool.folder import SUFFIX, Folder
from ingest.spool.spool import NotSpooledError, Spool
from shared.wires.inbox import Webhook
from testbed import until

pytestmark = pytest.mark.anyio


def make_webhook(number: int) -> Webhook:
    return Webhook(b"body %d" % number, 1_757_403_800.25 + number)


def files(path: Path) -> list[Path]:
    return sorted(path.glob(f"*{SUFFIX}"))


class Inbox:
    """Takes what is drained; `space` and `refuses` are for the test to set."""

    def __init__(self) -> None:
        self.taken: list[Webhook] = []
        self.space = 1000
        self.asked = 0
        self.refuses = 0

    def room(self) -> int:
        self.asked += 1
        return self.space

    async def take(self, webhook: Webhook) -> bool:
        if self.refuses:
            self.refuses -= 1
            return False
        self.taken.append(webhook)
        return True

    async def holds(self, count: int) -> list[Webhook]:
        await until(lambda: len(self.taken) >= count)
        return self.taken


class Draining:
    """A drain that runs for the length of the block."""

    def __init__(self, folder: Folder, inbox: Inbox) -> None:
        self.metrics = Metrics()
        self.drain = Drain(folder, inbox.room, inbox.take, self.metrics)

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(self.drain.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drain, "TICK_S", 0.01)
    monkeypatch.setattr(drain, "BATCH_S", 0.001)


async def test_simultaneous_webhooks_share_one_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path, "me")
    spool = Spool(folder)
    fsync = Mock(side_effect=os.fsync)
    monkeypatch.setattr("ingest.spool.folder.os.fsync", fsync)

    await asyncio.gather(*(spool.append(make_webhook(number)) for number in range(100)))

    assert folder.entries == 100
    assert fsync.call_count == 2  # the file's, and its folder's when it was made
    await spool.close()


async def test_a_webhook_that_the_disk_refuses_is_never_reported_as_safe(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    spool = Spool(Folder(tmp_path / "file", "me"))

    with pytest.raises(NotSpooledError):
        await spool.append(make_webhook(1))

    assert not spool.healthy
    await spool.close()


async def test_a_webhook_is_refused_at_once_when_writing_fails_in_an_unforeseen_way(tmp_path: Path) -> None:
    spool = Spool(Folder(tmp_path, "me"))
    await spool.close()

    with pytest.raises(NotSpooledError):
        await spool.append(make_webhook(1))


async def test_a_disk_that_works_again_is_noticed(tmp_path: Path) -> None:
    blocker = tmp_path / "folder"
    blocker.touch()
    spool = Spool(Folder(blocker, "me"))
    await spool.check()
    seen = [spool.healthy]

    blocker.unlink()
    await spool.check()

    assert [*seen, spool.healthy] == [False, True]
    await spool.close()


async def test_the_spool_drains_in_order(tmp_path: Path) -> None:
    folder, inbox = Folder(tmp_path, "me", segment=500), Inbox()
    spool = Spool(folder)
    webhooks = [make_webhook(number) for number in range(120)]
    for webhook in webhooks:
        await spool.append(webhook)

    async with Draining(folder, inbox):
        assert await inbox.holds(120) == webhooks
        await until(lambda: not files(tmp_path))

    assert folder.entries == 0
    await spool.close()


async def test_a_webhook_that_redis_does_not_confirm_is_put_again(tmp_path: Path) -> None:
    folder, inbox = Folder(tmp_path, "me"), Inbox()
    spool = Spool(folder)
    await asyncio.gather(*(spool.append(make_webhook(number)) for number in range(10)))
    inbox.refuses = 4

    async with Draining(folder, inbox):
        await inbox.holds(10)

    assert sorted(webhook.body for webhook in inbox.taken) == sorted(b"body %d" % n for n in range(10))
    await spool.close()


async def test_nothing_is_drained_while_the_inbox_has_no_room(tmp_path: Path) -> None:
    folder, inbox = Folder(tmp_path, "me"), Inbox()
    spool = Spool(folder)
    await spool.append(make_webhook(1))
    inbox.space = 0

    async with Draining(folder, inbox):
        await until(lambda: inbox.asked > 3)
        assert inbox.taken == []
        inbox.space = 1
        await inbox.holds(1)

    await spool.close()


async def test_corrupt_and_torn_records_are_skipped_and_counted(tmp_path: Path) -> None:
    good = [records.encode(make_webhook(number)) for number in range(3)]
    damaged = bytearray(records.encode(make_webhook(7)))
    damaged[30] ^= 1
    (tmp_path / f"0-dead{SUFFIX}").write_bytes(
        good[0] + damaged + good[1] + b"\xff\xfe junk\n" + good[2][:-9]
    )
    folder, inbox = Folder(tmp_path, "me"), Inbox()

    async with Draining(folder, inbox) as draining:
        await until(lambda: not files(tmp_path))

    assert inbox.taken == [make_webhook(0), make_webhook(1)]
    assert draining.drain.corrupt == 3
    assert draining.metrics.registry.get_sample_value("avito_live_ingest_spool_corrupt_total") == 3
    folder.close()


async def test_an_endless_line_is_read_in_pieces(tmp_path: Path) -> None:
    (tmp_path / f"0-dead{SUFFIX}").write_bytes(
        bytes(3 * records.LONGEST) + b"\n" + records.encode(make_webhook(1))
    )
    folder, inbox = Folder(tmp_path, "me"), Inbox()

    async with Draining(folder, inbox) as draining:
        assert await inbox.holds(1) == [make_webhook(1)]

    assert draining.drain.corrupt == 4
    folder.close()


async def test_webhooks_spooled_while_draining_are_drained_too(tmp_path: Path) -> None:
    folder, inbox = Folder(tmp_path, "me"), Inbox()
    spool = Spool(folder)

    async with Draining(folder, inbox):
        for number in range(50):
            await spool.append(make_webhook(number))
        await inbox.holds(50)

    assert inbox.taken == [make_webhook(number) for number in range(50)]
    await spool.close()
