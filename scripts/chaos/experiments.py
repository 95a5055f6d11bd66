"""All experiments: the long form for `make chaos`, the short form for the tests."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from chaos import fake_clock
from chaos.experiment import Experiment
from chaos.faults import connections, operators, processes, store
from chaos.stage import USUAL, WAYS, Setup

_TWO_OF_EACH = Setup(parts=("ingest", "ingest-2", "worker", "worker-2", "gateway", "gateway-2"))
_SHORT_RATE = 20
_GUARDED = Setup(sentinel=True)
_GUARDED_TWO_OF_EACH = Setup(parts=_TWO_OF_EACH.parts, sentinel=True, strict=True)


def skipped(setup: Setup) -> str:
    """Return why this setup is not possible on this machine; empty: it is."""
    return "libfaketime is not installed" if setup.movable and not fake_clock.INSTALLED else ""


def experiments(*, long: bool) -> list[Experiment]:
    """Return all experiments; the short form breaks the same things less often, for less time, among less."""
    known = [*_processes(long=long), *_store(long=long), *_ways(long=long), *_failovers(long=long)]
    return known if long else [replace(one, rate=min(one.rate, _SHORT_RATE)) for one in known]


def _processes(*, long: bool) -> Iterator[Experiment]:
    times = 20 if long else 2
    for part in USUAL:
        words = f"kill -9 of {part} at random instants, {times} times"
        yield Experiment(f"kill-{part}", words, partial(processes.killed, part=part, times=times))
    words = "ingest killed with a filled spool while Redis is frozen; another one adopts it"
    yield Experiment("spool-orphaned", words, processes.spool_orphaned, setup=_TWO_OF_EACH)
    words = "two workers and two gateways: kill -9 of one of each, for good"
    yield Experiment("kill-one-of-two", words, processes.gone, setup=_TWO_OF_EACH)
    words = "disk full for the spool while Redis is frozen"
    yield Experiment("disk-full", words, processes.disk_full, 8 if long else 6)
    words = "the clocks of all services jump an hour ahead and an hour back"
    jumps = partial(processes.clock_jumps, rest_s=5 if long else 2)
    yield Experiment("clock-jump", words, jumps, setup=Setup(movable=True))


def _store(*, long: bool) -> Iterator[Experiment]:
    away_s, full_s = (3, 8) if long else (1, 2)
    for policy in ("always", "everysec"):
        fault = partial(store.redis_killed, appendfsync=policy)
        yield Experiment(f"kill-redis-{policy}", f"kill -9 of Redis, appendfsync {policy}", fault, away_s)
    words = "power cut: kill -9 of Redis and the last 2 KB of its AOF gone"
    fault = partial(store.redis_killed, lost=2048)
    yield Experiment("aof-tail-cut", words, fault, away_s, needs_sweep=True)
    words = "power cut: the last 64 KB of the AOF gone, with messages that webhooks had brought"
    fault = partial(store.redis_killed, lost=64 * 1024)
    yield Experiment("aof-seconds-cut", words, fault, away_s, needs_sweep=True)
    for seconds in (10, 60) if long else (6,):
        words = f"Redis frozen for {seconds} s"
        yield Experiment(f"freeze-redis-{seconds}s", words, processes.frozen, seconds)
    yield Experiment("redis-full", "Redis out of memory", store.redis_full, full_s)
    words = "Redis out of memory and the gateway unlinked: lists, threads, search and new sockets go on"
    yield Experiment("redis-full-read", words, store.full_and_read, full_s)
    words = "an inbox full of entries, and every commit script refused at maxmemory"
    yield Experiment("commits-refused", words, store.commits_refused, 20 if long else 4)


def _ways(*, long: bool) -> Iterator[Experiment]:
    cuts = {f"cut-{way}": ((way,), between) for way, (_, between) in WAYS.items()}
    for name, (ways, between) in (cuts if long else {"cut-all": (WAYS, "any two parts")}).items():
        fault = partial(connections.cut, ways=ways)
        words = f"connections between {between} reset"
        yield Experiment(name, words, fault, 5 if long else 2, setup=Setup(proxied=True))
    words = "the gateway's pub/sub connection reset, three times a second"
    yield Experiment("cut-subscription", words, connections.subscriptions_killed, 5 if long else 1.5)
    words = "webhooks doubled, out of order and 2 s late"
    yield Experiment("disordered", words, connections.disordered, 6 if long else 2)
    count = 1000 if long else 150
    words = f"{count} new chats at once; a reply passes those that wait to be enriched"
    yield Experiment("new-chats", words, partial(operators.new_chats, count=count))
    words = "the webhook's secret changed again and again, no service restarted"
    yield Experiment("rotate-secret", words, partial(operators.rotated, times=4 if long else 2))
    words = "power cut: the seconds in which replies left, after they had waited, are gone"
    yield Experiment("sent-replies-lost", words, operators.sent_replies_lost, needs_sweep=True)
    words = "a reply's token ends, the next one takes 6.5 s, and Avito accepts the reply after 7.5 s"
    yield Experiment("slow-token", words, operators.token_slow)


def _failovers(*, long: bool) -> Iterator[Experiment]:
    if long:
        words = "Sentinel: kill -9 of the master"
        yield Experiment("failover", words, store.master_killed, needs_sweep=True, setup=_GUARDED)
    words = "Sentinel: the master dies with 2 s of writes no copy has"
    fault = partial(store.master_killed, unheard_s=2)
    yield Experiment("failover-loses-writes", words, fault, needs_sweep=True, setup=_GUARDED)
    times = 10 if long else 2
    words = f"Sentinel: {times} planned failovers while a program answers buyers"
    fault, setup = partial(operators.master_switched, times=times), _GUARDED_TWO_OF_EACH
    yield Experiment("failover-planned", words, fault, needs_sweep=True, setup=setup, rate=35)
