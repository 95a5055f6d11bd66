"""All experiments: the long form for `make chaos`, the short form for the tests."""

from contextlib import AbstractAsyncContextManager

from chaos import fake_clock
from chaos.experiment import Experiment
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
from chaos.stage import USUAL, Setup, Stage

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
_TWO_OF_EACH = Setup(parts=("ingest", "ingest-2", "worker", "worker-2", "gateway", "gateway-2"))
_GUARDED = Setup(sentinel=True)
_GUARDED_TWO_OF_EACH = Setup(parts=_TWO_OF_EACH.parts, sentinel=True, strict=True)
_PROXIED = Setup(proxied=True)
_MOVABLE = Setup(movable=True)


def experiments(*, long: bool) -> list[Experiment]:
    """Return all experiments; the short form breaks the same things less often and for less time."""
    return [
        *(_killed(part, 20 if long else 2) for part in USUAL),
        Experiment(
            "spool-orphaned",
            "ingest killed with a filled spool while Redis is frozen; another one adopts it",
            lambda stage: spool_orphaned(stage, "ingest-2"),
            setup=_TWO_OF_EACH,
        ),
        Experiment(
            "kill-one-of-two",
            "two workers and two gateways: kill -9 of one of each, for good",
            lambda stage: gone(stage, "worker", "gateway"),
            setup=_TWO_OF_EACH,
        ),
        *_store(long=long),
        *([_cut([way], 5.0) for way in _WAYS] if long else [_cut(list(_WAYS), 2.0)]),
        Experiment(
            "cut-subscription",
            "the gateway's pub/sub connection reset, three times a second",
            subscriptions_killed,
            lasts_s=5.0 if long else 1.5,
        ),
        Experiment(
            "disordered",
            "webhooks doubled, out of order and 2 s late",
            lambda stage: disordered(stage, 2.0),
            lasts_s=6.0 if long else 2.0,
        ),
        Experiment(
            "new-chats",
            f"{1000 if long else 150} new chats at once; a reply passes those that wait to be enriched",
            lambda stage: new_chats(stage, 1000 if long else 150),
        ),
        Experiment(
            "rotate-secret",
            "the webhook's secret changed again and again, no service restarted",
            lambda stage: rotated(stage, 4 if long else 2),
        ),
        *_replies(),
        *_machine(long=long),
        *_failovers(long=long),
    ]


def skipped(setup: Setup) -> str:
    """Return why this setup is not possible on this machine; empty: it is."""
    return "libfaketime is not installed" if setup.movable and fake_clock.library() is None else ""


def _killed(part: str, times: int) -> Experiment:
    def fault(stage: Stage) -> AbstractAsyncContextManager[None]:
        return killed(stage, part, times)

    return Experiment(f"kill-{part}", f"kill -9 of {part} at random instants, {times} times", fault)


def _cut(ways: list[str], seconds: float) -> Experiment:
    def fault(stage: Stage) -> AbstractAsyncContextManager[None]:
        return cut(stage, *ways)

    name = ways[0] if len(ways) == 1 else "all"
    between = _WAYS[ways[0]] if len(ways) == 1 else "any two parts"
    return Experiment(
        f"cut-{name}", f"connections between {between} reset", fault, lasts_s=seconds, setup=_PROXIED
    )


def _redis_killed(policy: Policy, seconds: float) -> Experiment:
    def fault(stage: Stage) -> AbstractAsyncContextManager[None]:
        return redis_killed(stage, policy)

    return Experiment(
        f"kill-redis-{policy}", f"kill -9 of Redis, appendfsync {policy}", fault, lasts_s=seconds
    )


def _store(*, long: bool) -> list[Experiment]:
    away_s = 3.0 if long else 1.0
    freezes = (10.0, 60.0) if long else (6.0,)
    return [
        _redis_killed("always", away_s),
        _redis_killed("everysec", away_s),
        Experiment(
            "aof-tail-cut",
            "power cut: kill -9 of Redis and the last 2 KB of its AOF gone",
            lambda stage: redis_tail_cut(stage, _POWER_CUT),
            lasts_s=away_s,
            needs_sweep=True,
        ),
        Experiment(
            "aof-seconds-cut",
            "power cut: the last 64 KB of the AOF gone, with messages that webhooks had brought",
            lambda stage: redis_tail_cut(stage, _SECONDS_OF_WRITES),
            lasts_s=away_s,
            needs_sweep=True,
        ),
        *(
            Experiment(
                f"freeze-redis-{seconds:.0f}s",
                f"Redis frozen for {seconds:.0f} s",
                lambda stage: frozen(stage, "redis"),
                lasts_s=seconds,
            )
            for seconds in freezes
        ),
        Experiment("redis-full", "Redis out of memory", redis_full, lasts_s=8.0 if long else 2.0),
        Experiment(
            "redis-full-read",
            "Redis out of memory and the gateway unlinked: lists, threads, search and new sockets go on",
            full_and_read,
            lasts_s=8.0 if long else 2.0,
        ),
        Experiment(
            "commits-refused",
            "an inbox full of entries, and every commit script refused at maxmemory",
            commits_refused,
            lasts_s=20.0 if long else 4.0,
        ),
    ]


def _replies() -> list[Experiment]:
    return [
        Experiment(
            "sent-replies-lost",
            "power cut: the seconds in which replies left, after they had waited, are gone",
            sent_replies_lost,
            needs_sweep=True,
        ),
        Experiment(
            "slow-token",
            "a reply's token ends, the next one takes 6.5 s, and Avito accepts the reply after 7.5 s",
            token_slow,
        ),
    ]


def _machine(*, long: bool) -> list[Experiment]:
    return [
        Experiment(
            "disk-full",
            "disk full for the spool while Redis is frozen",
            disk_full,
            lasts_s=8.0 if long else 2.5,
        ),
        Experiment(
            "clock-jump",
            "the clocks of all services jump an hour ahead and an hour back",
            lambda stage: clock_jumps(stage, 5.0 if long else 2.0),
            setup=_MOVABLE,
        ),
    ]


def _failovers(*, long: bool) -> list[Experiment]:
    plain = Experiment(
        "failover", "Sentinel: kill -9 of the master", master_killed, needs_sweep=True, setup=_GUARDED
    )
    losing = Experiment(
        "failover-loses-writes",
        "Sentinel: the master dies with 2 s of writes no copy has",
        lambda stage: master_killed(stage, unheard_s=2.0),
        needs_sweep=True,
        setup=_GUARDED,
    )
    planned = Experiment(
        "failover-planned",
        f"Sentinel: {10 if long else 2} planned failovers while a program answers buyers",
        lambda stage: master_switched(stage, 10 if long else 2),
        needs_sweep=True,
        setup=_GUARDED_TWO_OF_EACH,
        rate=_BUSY,
    )
    return [plain, losing, planned] if long else [losing, planned]
