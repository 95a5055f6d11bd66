"""An accepted write is on a replica already, if there is one: a planned failover does not lose it."""

from pathlib import Path

import httpx2
import pytest

from shared.redis import keys
from tests.push_gateway.panel import PATH, Panel, write
from tests.push_gateway.processes import running
from tests.support.replica import replica_of
from tests.worker.builders import SELLER

pytestmark = pytest.mark.anyio


async def test_a_write_is_accepted_once_a_replica_has_it_and_may_be_repeated_until_then(
    tmp_path: Path, anyio_backend: str
) -> None:
    async with (
        running(tmp_path, "gateway") as system,
        Panel.at(system.url("gateway")) as panel,
        system.redis as redis,
    ):
        await panel.log_in()
        await write(redis, "b1")
        with replica_of(system.redis_server, tmp_path) as replica:

            async def ask(path: str, **body: str) -> httpx2.Response:
                return await panel.http.post(f"{PATH}api/chats/chat-1/{path}", json=body)

            replica.stand_still()
            reply = await ask("messages", text="Да", ref="r1")
            note = await ask("notes", text="звонить", ref="n1")
            listed = await panel.http.get(f"{PATH}api/chats")
            replica.go_on()
            again = [await ask("messages", text="Да", ref="r1"), await ask("notes", text="звонить", ref="n1")]
        queued = await redis.execute_command("LLEN", keys.outbox(SELLER, "chat-1"))

    assert (reply.status_code, note.status_code, listed.status_code) == (503, 503, 200)
    assert reply.headers["Retry-After"]
    assert [answer.status_code for answer in again] == [202, 202]
    assert queued == 1
