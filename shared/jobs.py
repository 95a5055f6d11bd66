"""Jobs for the arq queue: their names, their wire (JSON, never pickle) and the wake-up that makes them quick.

A job is only a hint: what is still to do stands in our own streams and sets, and the worker looks there
again by itself. So `enqueue` may be lost without harm.
"""

from typing import Any
from uuid import uuid4

import orjson
from arq.connections import ArqRedis
from arq.constants import job_key_prefix
from arq.jobs import serialize_job
from arq.utils import timestamp_ms
from redis.asyncio import ConnectionPool

from shared import keys
from shared.trace import TRACE

ENRICH_CHAT = "enrich_chat"
REFRESH_CHAT = "refresh_chat"
DELIVER = "deliver"
RUN_ERRAND = "run_errand"
FIND_VOICE = "find_voice"
READ_HISTORY = "read_history"

_EXPIRES_MS = 3_600_000
_WAKE_TOKENS = 64


def encode(job: dict[str, Any]) -> bytes:
    """Serialize for arq; what JSON cannot say (an exception) is said as text."""
    return orjson.dumps(job, default=str)


def decode(data: bytes) -> dict[str, Any]:
    """Read what `encode` wrote."""
    return dict(orjson.loads(data))


def arq_client(pool: ConnectionPool) -> ArqRedis:
    """Return arq's client over a pool of ours."""
    return ArqRedis(pool, job_serializer=encode, job_deserializer=decode, default_queue_name=keys.ARQ_QUEUE)


def trace_of(job_id: str) -> str:
    """Return the trace that a job follows, '' for none."""
    return job_id.partition(":")[2].partition(":")[2]


async def enqueue(redis: Any, name: str, *arguments: str | int, delay_s: float = 0.0) -> None:
    """Queue a job under a fresh id, with the trace being followed, and wake one worker, in one round trip."""
    job_id = f"{name}:{uuid4().hex}:{TRACE.get()}"
    now = timestamp_ms()
    job = serialize_job(name, arguments, {}, None, now, serializer=encode)
    async with redis.pipeline(transaction=False) as pipe:
        pipe.psetex(job_key_prefix + job_id, _EXPIRES_MS, job)
        pipe.zadd(keys.ARQ_QUEUE, {job_id: now + int(delay_s * 1000)})
        pipe.lpush(keys.ARQ_WAKE, b"1")
        pipe.ltrim(keys.ARQ_WAKE, 0, _WAKE_TOKENS - 1)
        await pipe.execute()
