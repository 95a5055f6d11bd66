"""All experiments: the long form for `make chaos`, the short form for the tests."""

from collections.abc import Iterator
from functools import partial

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
    commits_refused,
    redis_full,
    redis_killed,
    redis_tail_cut,
    subscriptions_killed,
)
from chaos.stage import USUAL, Setup

_WAYS = {
    "avito-ingest": "Avito and ingest",
    "worker-avito": "worker and Avito",
    "screen-gateway": "screen and gateway",
    "ingest-redis": "ingest and Redis",
    "worker-redis": "worker and Redis",
    "gateway-redis": "gateway and Redis",
}
_BUSY = 35
_TWO_OF_EACH = Setup(parts=("ingest", "ingest-2", "worker", "worker-2", "gateway", "gateway-2"))
_GUARDED = Setup(sentinel=True)
_GUARDED_TWO_OF_EACH = Setup(parts=_TWO_OF_EACH.parts, sentinel=True, strict=True)
_PROXIED = Setup(proxied=True)
_MOVABLE = Setup(movable=True)


def experiments(*, long: bool) -> list[Experiment]:
    """Return all experiments; the short form breaks the same things less often and for less time."""
    groups = (_processes, _store, _connections, _traffic, _machine, _failovers)
    return [experiment for group in groups for experiment in group(long=long)]


def skipped(setup: Setup) -> str:
    """Return why this setup is not possible on this machine; empty: it is."""
    return "libfaketime is not installed" if setup.movable and fake_clock.library() is None else ""


def _processes(*, long: bool) -> Iterator[Experiment]:
    times = 20 if long else 2
    for part in USUAL:
        words = f"kill -9 of {part} at random instants, {times} times"
        yield Experiment(f"kill-{part}", words, partial(killed, part=part, times=times))
    words = "ingest killed with a filled spool while Redis is frozen; another one adopts it"
    adopted = partial(spool_orphaned, heir="ingest-2")
    yield Experiment("spool-orphaned", words, adopted, setup=_TWO_OF_EACH)
    words = "two workers and two gateways: kill -9 of one of each, for good"
    yield Experiment("kill-one-of-two", words, partial(gone, parts=("worker", "gateway")), setup=_TWO_OF_EACH)


def _store(*, long: bool) -> Iterator[Experiment]:
    away_s = 3.0 if long else 1.0
    for policy in ("always", "everysec"):
        words = f"kill -9 of Redis, appendfsync {policy}"
        fault = partial(redis_killed, appendfsync=policy)
        yield Experiment(f"kill-redis-{policy}", words, fault, lasts_s=away_s)
    for name, size, words in (
        ("tail", 2048, "kill -9 of Redis and the last 2 KB of its AOF gone"),
        ("seconds", 64 * 1024, "the last 64 KB of the AOF gone, with messages that webhooks had brought"),
    ):
        fault = partial(redis_tail_cut, size=size)
        yield Experiment(f"aof-{name}-cut", f"power cut: {words}", fault, lasts_s=away_s, needs_sweep=True)
    for seconds in (10, 60) if long else (6,):
        fault = partial(frozen, parts=("redis",))
        yield Experiment(f"freeze-redis-{seconds}s", f"Redis frozen for {seconds} s", fault, lasts_s=seconds)
    full_s = 8.0 if long else 2.0
    yield Experiment("redis-full", "Redis out of memory", redis_full, lasts_s=full_s)
    words = "Redis out of memory and the gateway unlinked: lists, threads, search and new sockets go on"
    yield Experiment("redis-full-read", words, full_and_read, lasts_s=full_s)
    words = "an inbox full of entries, and every commit script refused at maxmemory"
    yield Experiment("commits-refused", words, commits_refused, lasts_s=20.0 if long else 4.0)


def _connections(*, long: bool) -> Iterator[Experiment]:
    if not long:
        fault = partial(cut, ways=tuple(_WAYS))
        words = "connections between any two parts reset"
        yield Experiment("cut-all", words, fault, lasts_s=2.0, setup=_PROXIED)
    for way, between in _WAYS.items() if long else ():
        fault = partial(cut, ways=(way,))
        words = f"connections between {between} reset"
        yield Experiment(f"cut-{way}", words, fault, lasts_s=5.0, setup=_PROXIED)
    words = "the gateway's pub/sub connection reset, three times a second"
    yield Experiment("cut-subscription", words, subscriptions_killed, lasts_s=5.0 if long else 1.5)


def _traffic(*, long: bool) -> Iterator[Experiment]:
    words = "webhooks doubled, out of order and 2 s late"
    yield Experiment("disordered", words, partial(disordered, late_s=2.0), lasts_s=6.0 if long else 2.0)
    count = 1000 if long else 150
    words = f"{count} new chats at once; a reply passes those that wait to be enriched"
    yield Experiment("new-chats", words, partial(new_chats, count=count))
    words = "the webhook's secret changed again and again, no service restarted"
    yield Experiment("rotate-secret", words, partial(rotated, times=4 if long else 2))
    words = "power cut: the seconds in which replies left, after they had waited, are gone"
    yield Experiment("sent-replies-lost", words, sent_replies_lost, needs_sweep=True)
    words = "a reply's token ends, the next one takes 6.5 s, and Avito accepts the reply after 7.5 s"
    yield Experiment("slow-token", words, token_slow)


def _machine(*, long: bool) -> Iterator[Experiment]:
    words = "disk full for the spool while Redis is frozen"
    yield Experiment("disk-full", words, disk_full, lasts_s=8.0 if long else 2.5)
    words = "the clocks of all services jump an hour ahead and an hour back"
    jumps = partial(clock_jumps, rest_s=5.0 if long else 2.0)
    yield Experiment("clock-jump", words, jumps, setup=_MOVABLE)


def _failovers(*, long: bool) -> Iterator[Experiment]:
    if long:
        words = "Sentinel: kill -9 of the master"
        yield Experiment("failover", words, master_killed, needs_sweep=True, setup=_GUARDED)
    words = "Sentinel: the master dies with 2 s of writes no copy has"
    losing = partial(master_killed, unheard_s=2.0)
    yield Experiment("failover-loses-writes", words, losing, needs_sweep=True, setup=_GUARDED)
    times = 10 if long else 2
    words = f"Sentinel: {times} planned failovers while a program answers buyers"
    planned = partial(master_switched, times=times)
    setup = _GUARDED_TWO_OF_EACH
    yield Experiment("failover-planned", words, planned, needs_sweep=True, setup=setup, rate=_BUSY)
