"""The CPU time of each step of one webhook."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import hiredis
from redis import Redis

from bench import backlog, read_model
from bench.processes import ACCOUNT, SECRET, open_processes
from bench.result import Result
from ingest.webhook.secrets import WebhookSecrets
from push_gateway.ws import protocol
from shared.redis import journal as events
from shared.redis import keys
from shared.redis.journal import Publication
from shared.wires import inbox
from shared.wires.inbox import Webhook
from worker.intake.entry import StreamEntry, understand
from worker.messages.reading import read_webhook

_PASSES = 5
_AT_ONCE = 128
_KEEP = 200
_GROUP = ("GROUP", keys.INBOX_GROUP, "profile")


def measure(count: int) -> Result:
    """Run `count` webhooks through every step, five times."""
    with open_processes() as processes:
        processes.redis()
        with Redis.from_url(processes.redis_url) as redis:
            read_model.begin(redis)
            chats = [f"chat-{number}" for number in range(50)]
            read_model.add_chats(redis, chats)
            redis.xgroup_create(keys.INBOX, keys.INBOX_GROUP, id="0", mkstream=True)
            runs = [backlog.bodies(f"p{number}", chats, count) for number in range(_PASSES)]
            passes = [_pass(redis, bodies) for bodies in runs]
    rows = [(name, f"{min(one[name] for one in passes):.1f}") for name in passes[0]]
    return Result(
        "One webhook, step by step",
        f"Each step alone: the minimum of {_PASSES} passes over {count:,} webhooks of 600 bytes, in CPU time "
        "of its process (Redis: INFO cpu, in writes of 128 commands). System calls and wake-ups are not "
        "included; the table by process has them.",
        ("step", "CPU µs"),
        tuple(rows),
    )


def _pass(redis: Redis, bodies: Sequence[bytes]) -> dict[str, float]:
    """Return the CPU µs per webhook of each step."""
    proof, secret, now = WebhookSecrets((SECRET,), b"x" * 32), SECRET.encode(), time.time()
    posted = [("XADD", keys.INBOX, "*", *inbox.write(Webhook(body, now))) for body in bodies]
    took = {
        "ingest: compare the secret": _cpu(lambda _: proof.verify(secret), bodies),
        "ingest: pack XADD": _cpu(hiredis.pack_command, posted),
        "Redis: XADD": _in_redis(redis, posted),
        "Redis: XREADGROUP, 128 at once": _read_all(redis, len(bodies)),
    }
    waiting: Any = redis.xrange(keys.INBOX)
    entries: list[StreamEntry] = waiting
    commands = understand(entries, ACCOUNT, _KEEP, now).commands[: len(entries)]
    took["worker: read and check the JSON"] = _cpu(lambda body: read_webhook(body, ACCOUNT, now), bodies)
    took["worker: the same, decide, make the command"] = _cpu(
        lambda entry: understand([entry], ACCOUNT, _KEEP, now), entries
    )
    took["worker: pack the commit"] = _cpu(hiredis.pack_command, [tuple(one) for one in commands])
    took["Redis: the commit (merge, read model, journal, publish, clear)"] = _in_redis(redis, commands)
    journal: Any = redis.xrevrange(keys.JOURNAL, count=len(bodies))
    told = [fields[b"e"] for _, fields in journal]
    heard = [events.write(Publication("epoch", 1, now, event)) for event in told]
    took["gateway: read what was published"] = _cpu(events.read, heard)
    took["gateway: make the frame, once for all clients"] = _cpu(protocol.encode, told)
    return took


def _read_all(redis: Redis, count: int) -> float:
    times = -(-count // _AT_ONCE)
    read = ("XREADGROUP", *_GROUP, "COUNT", _AT_ONCE, "STREAMS", keys.INBOX, ">")
    return _in_redis(redis, [read] * times) * times / count


def _in_redis(redis: Redis, commands: Sequence[Iterable[Any]]) -> float:
    """Return Redis' CPU µs per command, including reading it from the socket."""
    before = read_model.spent_us(redis)
    for start in range(0, len(commands), _AT_ONCE):
        with redis.pipeline(transaction=False) as pipe:
            for command in commands[start : start + _AT_ONCE]:
                pipe.execute_command(*command)
            pipe.execute()
    return (read_model.spent_us(redis) - before) / len(commands)


def _cpu(step: Callable[[Any], object], inputs: Sequence[Any]) -> float:
    """Return our CPU µs per call."""
    began = time.process_time_ns()
    for one in inputs:
        step(one)
    return (time.process_time_ns() - began) / len(inputs) / 1000
