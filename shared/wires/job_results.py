"""Jobs whose result is awaited: the gateway queues one, the worker puts its result into a list.

The result is one JSON object: `{"ok": …}`, or `{"error": {"status", "code", "message"}}` in the form of the
gateway's own errors. The gateway waits for `TIMEOUT_S`; a job that did not start by then is dropped, by the
clock of Redis, since those of gateway and worker may differ.
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


class Refusal(Exception):  # noqa: N818 - a result, not a failure
    """Avito or the worker refuses. The gateway responds with `status`."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message


async def run_and_wait(
    redis: Redis, job: str, *arguments: str | int, patience_s: float = TIMEOUT_S
) -> dict[str, Any] | None:
    """Queue the job `job(ask_id, until, *arguments)` and return its result; None when none came in time.

    `until` is for workers of older versions. Raises Refusal, and RedisError while Redis is away.
    """
    ask_id = uuid4().hex
    until = time.monotonic() + patience_s
    until_ms = int((time.time() + patience_s) * 1000)
    await jobs.enqueue(redis, job, ask_id, until_ms, *arguments, expires_s=patience_s)
    while (left := until - time.monotonic()) > 0:
        # In slices: a read must end before the connection's own timeout.
        found = await redis.blpop([keys.job_result(ask_id)], max(0.01, min(_SLICE_S, left)))
        if found is not None:
            return read_result(found[1])
    return None


def read_result(data: bytes) -> dict[str, Any]:
    """Return the result; raises Refusal."""
    result = orjson.loads(data)
    error = result.get("error")
    if error is not None:
        raise Refusal(int(error["status"]), str(error["code"]), str(error["message"]))
    return dict(result["ok"])


async def put_result(redis: Redis, ask_id: str, ok: dict[str, Any]) -> None:
    """Put the result of a job, whether or not it is still awaited."""
    await _put(redis, ask_id, {"ok": ok})


async def put_refusal(redis: Redis, ask_id: str, refusal: Refusal) -> None:
    """Put a refusal as the result of a job."""
    error = {"status": refusal.status, "code": refusal.code, "message": refusal.message}
    await _put(redis, ask_id, {"error": error})


async def _put(redis: Redis, ask_id: str, result: dict[str, Any]) -> None:
    async with redis.pipeline(transaction=True) as pipe:
        pipe.rpush(keys.job_result(ask_id), orjson.dumps(result))
        pipe.expire(keys.job_result(ask_id), _KEPT_S)
        await pipe.execute()
