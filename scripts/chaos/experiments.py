"""The table of faults: long for `make chaos`, short for the tests."""

from contextlib import AbstractAsyncContextManager

from chaos import fake_clock
from chaos.experiment import Row
from chaos.faults.failover import master_killed, master_switched
from chaos.faults.machine import clock_jumps, disk_full
from chaos.faults.network import cut, disordered
from chaos.faults.new_chats import new_chats
from chaos.faults.processes import frozen, gone, killed, spool_orphaned
from chaos.faults.reads import full_and_read
from chaos.faults.replies import sent_replies_lost, token_slow
from chaos.faults.secret import rotated
from chaos.faults.store import (
    Policy,
    commits_refused,
    redis_full,
    redis_killed,
    redis_tail_cut,
    subscriptions_killed,
)
from chaos.stage import USUAL, Plan, Stage

_WAYS = {
    "avito-ingest": "Avito and ingest",
    "worker-avito": "worker and Avito",
    "screen-gateway": "screen and gateway",
    "ingest-redis": "ingest and Redis",
    "worker-redis": "worker and Redis",
    "gateway-redis": "gateway and Redis",
}
_POWER_CUT = 2048
_SECONDS_OF_WRITES = 64 * 1024
_BUSY = 35
_TWO_OF_EACH = Plan(parts=("ingest", "ingest-2", "worker", "worker-2", "gateway", "gateway-2"))
_GUARDED = Plan(sentinel=True)
_GUARDED_TWO_OF_EACH = Plan(parts=_TWO_OF_EACH.parts, sentinel=True, strict=True)
_LINKED = Plan(linked=True)
_MOVABLE = Plan(movable=True)


def rows(*, long: bool) -> list[Row]:
    """Return every fault; the short form breaks the same things less often, for less long, some at once."""
    return [
        *(_killed(part, 20 if long else 2) for part in USUAL),
        Row(
            "spool-orphaned",
            "ingest killed with a filled spool while Redis is frozen; another one adopts it",
            lambda stage: spool_orphaned(stage, "ingest-2"),
            plan=_TWO_OF_EACH,
        ),
        Row(
            "kill-one-of-two",
            "two workers and two gateways: kill -9 of one of each, for good",
            lambda stage: gone(stage, "worker", "gateway"),
            plan=_TWO_OF_EACH,
        ),
        *_store(long=long),
        *([_cut([way], 5.0) for way in _WAYS] if long else [_cut(list(_WAYS), 2.0)]),
        Row(
            "cut-subscription",
            "the gateway's pub/sub connection reset, three times a second",
            subscriptions_killed,
            lasts_s=5.0 if long else 1.5,
        ),
        Row(
            "disordered",
            "webhooks doubled, out of order and 2 s late",
            lambda stage: disordered(stage, 2.0),
            lasts_s=6.0 if long else 2.0,
        ),
        Row(
            "new-chats",
            f"{1000 if long else 150} new chats at once; a reply passes those that wait to be enriched",
            lambda stage: new_chats(stage, 1000 if long else 150),
        ),
        Row(
            "rotate-secret",
            "the webhook's secret changed again and again, no service restarted",
            lambda stage: rotated(stage, 4 if long else 2),
        ),
        *_replies(),
        *_machine(long=long),
        *_failovers(long=long),
    ]


def skipped(plan: Plan) -> str:
    """Return why faults on this stage cannot be tried on this machine; empty: they can."""
    return "libfaketime is not installed" if plan.movable and fake_clock.library() is None else ""


def _killed(part: str, times: int) -> Row:
    def fault(stage: Stage) -> AbstractAsyncContextManager[None]:
        return killed(stage, part, times)

    return Row(f"kill-{part}", f"kill -9 of {part} at random instants, {times} times", fault)


def _cut(ways: list[str], seconds: float) -> Row:
    def fault(stage: Stage) -> AbstractAsyncContextManager[None]:
        return cut(stage, *ways)

    name = ways[0] if len(ways) == 1 else "all"
    between = _WAYS[ways[0]] if len(ways) == 1 else "any two parts"
    return Row(f"cut-{name}", f"connections between {between} reset", fault, lasts_s=seconds, plan=_LINKED)


def _redis_killed(policy: Policy, seconds: float) -> Row:
    def fault(stage: Stage) -> AbstractAsyncContextManager[None]:
        return redis_killed(stage, policy)

    return Row(f"kill-redis-{policy}", f"kill -9 of Redis, appendfsync {policy}", fault, lasts_s=seconds)


def _store(*, long: bool) -> list[Row]:
    away_s = 3.0 if long else 1.0
    freezes = (10.0, 60.0) if long else (6.0,)
    return [
        _redis_killed("always", away_s),
        _redis_killed("everysec", away_s),
        Row(
            "aof-tail-cut",
            "power cut: kill -9 of Redis and the last 2 KB of its AOF gone",
            lambda stage: redis_tail_cut(stage, _POWER_CUT),
            lasts_s=away_s,
            needs_sweep=True,
        ),
        Row(
            "aof-seconds-cut",
            "power cut: the last 64 KB of the AOF gone, with messages that webhooks had brought",
            lambda stage: redis_tail_cut(stage, _SECONDS_OF_WRITES),
            lasts_s=away_s,
            needs_sweep=True,
        ),
        *(
            Row(
                f"freeze-redis-{seconds:.0f}s",
                f"Redis frozen for {seconds:.0f} s",
                lambda stage: frozen(stage, "redis"),
                lasts_s=seconds,
            )
            for seconds in freezes
        ),
        Row("redis-full", "Redis out of memory", redis_full, lasts_s=8.0 if long else 2.0),
        Row(
            "redis-full-read",
            "Redis out of memory and the gateway unlinked: lists, threads, search and new sockets go on",
            full_and_read,
            lasts_s=8.0 if long else 2.0,
        ),
        Row(
            "commits-refused",
            "an inbox full of entries, and every commit script refused at maxmemory",
            commits_refused,
            lasts_s=20.0 if long else 4.0,
        ),
    ]


def _replies() -> list[Row]:
    return [
        Row(
            "sent-replies-lost",
            "power cut: the seconds in which replies left, after they had waited, are gone",
            sent_replies_lost,
            needs_sweep=True,
        ),
        Row(
            "slow-token",
            "a reply's token ends, the next one takes 6.5 s, and Avito accepts the reply after 7.5 s",
            token_slow,
        ),
    ]


def _machine(*, long: bool) -> list[Row]:
    return [
        Row(
            "disk-full",
            "disk full for the spool while Redis is frozen",
            disk_full,
            lasts_s=8.0 if long else 2.5,
        ),
        Row(
            "clock-jump",
            "the clocks of all services jump an hour ahead and an hour back",
            lambda stage: clock_jumps(stage, 5.0 if long else 2.0),
            plan=_MOVABLE,
        ),
    ]


def _failovers(*, long: bool) -> list[Row]:
    plain = Row("failover", "Sentinel: kill -9 of the master", master_killed, needs_sweep=True, plan=_GUARDED)
    losing = Row(
        "failover-loses-writes",
        "Sentinel: the master dies with 2 s of writes no copy has",
        lambda stage: master_killed(stage, unheard_s=2.0),
        needs_sweep=True,
        plan=_GUARDED,
    )
    planned = Row(
        "failover-planned",
        f"Sentinel: {10 if long else 2} planned failovers while a program answers buyers",
        lambda stage: master_switched(stage, 10 if long else 2),
        needs_sweep=True,
        plan=_GUARDED_TWO_OF_EACH,
        rate=_BUSY,
    )
    return [plain, losing, planned] if long else [losing, planned]
