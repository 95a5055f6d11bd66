"""Questions that somebody waits for: the gateway puts one as a job, the worker answers into a list.

The answer is one JSON object: `{"ok": …}`, or `{"error": {"status", "code", "message"}}` in the words of the
gateway's own errors. Nobody waits longer than `TIMEOUT_S`; a job that did not start by then is dropped, by
Redis' clock: those of gateway and worker may differ.
"""

import time
from typing import Any
from uuid import uuid4

import orjson
from redis.asyncio import Redis

from shared.redis import keys
from shared.wires import jobs

TIMEOUT_S = 5.0
_KEPT_S = 30
_SLICE_S = 1.0


class Refusal(Exception):  # noqa: N818 - a verdict about the question
    """Avito, or the worker, says no. `status` is what the gateway answers with."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message


async def run_and_wait(
    redis: Redis, job: str, *arguments: str | int, patience_s: float = TIMEOUT_S
) -> dict[str, Any] | None:
    """Queue the job `job(ask_id, until, *arguments)`, return what it answers, None when nothing came in time.

    `until` is for workers of older versions. Raises Refusal, and RedisError while Redis is away.
    """
    ask_id = uuid4().hex
    until = time.monotonic() + patience_s
    until_ms = int((time.time() + patience_s) * 1000)
    await jobs.enqueue(redis, job, ask_id, until_ms, *arguments, expires_s=patience_s)
    while (left := until - time.monotonic()) > 0:
        # In slices: a read must end before the connection's own time-out does.
        found = await redis.execute_command("BLPOP", keys.job_result(ask_id), max(0.01, min(_SLICE_S, left)))
        if found is not None:
            return read_result(found[1])
    return None


def read_result(data: bytes) -> dict[str, Any]:
    """Return what was answered; raises Refusal."""
    put_result = orjson.loads(data)
    error = put_result.get("error")
    if error is not None:
        raise Refusal(int(error["status"]), str(error["code"]), str(error["message"]))
    return dict(put_result["ok"])


async def put_result(redis: Redis, ask_id: str, ok: dict[str, Any]) -> None:
    """Answer a question, whether somebody still waits or not."""
    await _put(redis, ask_id, {"ok": ok})


async def put_refusal(redis: Redis, ask_id: str, why: Refusal) -> None:
    """Answer a question with no."""
    error = {"status": why.status, "code": why.code, "message": why.message}
    await _put(redis, ask_id, {"error": error})


async def _put(redis: Redis, ask_id: str, said: dict[str, Any]) -> None:
    async with redis.pipeline(transaction=True) as pipe:
        pipe.execute_command("RPUSH", keys.job_result(ask_id), orjson.dumps(said))
        pipe.execute_command("EXPIRE", keys.job_result(ask_id), _KEPT_S)
        await pipe.execute()
