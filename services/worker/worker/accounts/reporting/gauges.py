"""The whole system as Prometheus reads it: every worker tells the same, so ask for `max` over them."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Gauge

from shared.redis.info import WORDS, Store, alarms

_PARTS = {"worker": "workers", "gateway": "gateways"}
_MODES = ("webhook", "polling")
_SWEPT = ("received", "shown", "missing", "unchecked")
_NAN = float("nan")


class SystemGauges:
    """What is unknown (Redis is away) reads as NaN, never as an old value; moments that were stay true."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._all: list[Gauge] = []
        self.redis_up = self._gauge("redis_up", "1 while the worker reads Redis")
        self.inbox = self._gauge("inbox_entries", "Webhooks that wait for their commit")
        self.inbox_age = self._gauge("inbox_age_seconds", "How long the oldest of them has waited")
        self.dead = self._gauge("dead_letters", "Webhooks that nobody could read")
        self.dead_dropped = self._gauge("dead_letters_dropped", "Dead letters that had to go, in all")
        self.held = self._gauge("held", "How much is held of what has a bound", "what")
        self.spooled = self._gauge("spooled_webhooks", "Webhooks that wait on the disks of all ingests")
        self.outbox = self._gauge("outbox_replies", "Replies on their way")
        self.outbox_age = self._gauge("outbox_age_seconds", "How long the oldest of them has waited")
        self.mode = self._gauge("mode", "1 for the mode that holds", "mode")
        self.wanted = self._gauge("subscription_wanted", "1 when the owner wants the webhook")
        self.subscribed = self._gauge("subscription_active", "1 while our URL stands at Avito")
        self.token = self._gauge("token_seconds_left", "How long the access token is still used")
        self.processes = self._gauge("processes", "Processes that live", "part")
        self.sockets = self._gauge("websocket_connections", "Browsers connected, over all gateways")
        self.swept = self._gauge("sweep_messages", "The loss proof of the last sweep", "state")
        self.last_webhook = self._gauge("last_webhook_timestamp_seconds", "When the newest webhook came")
        self.last_canary = self._gauge("last_canary_timestamp_seconds", "When the way was last seen open")
        self.memory = self._gauge("redis_memory_bytes", "Memory that Redis uses")
        self.memory_limit = self._gauge("redis_memory_limit_bytes", "Memory that Redis may use, 0: no limit")
        self.evicted = self._gauge("redis_evicted_keys", "Keys that Redis threw away since its start")
        self.aof = self._gauge("redis_aof_ok", "1 while the append-only file is on and can be written")
        self.alarm = self._gauge("alarm", "1 while this alarm holds", "alarm")
        for name in WORDS:
            self.alarm.labels(name).set(0)

    def tell(
        self, status: Mapping[str, Any], store: Store, token_left: float, outbox_age: float | None
    ) -> None:
        """Show a status as shared/status.py reads it; `token_left` in seconds, `outbox_age` None: empty."""
        self.redis_up.set(1)
        self.inbox.set(status["inbox"]["waiting"])
        self.inbox_age.set(status["inbox"]["oldest_s"] or 0)
        self.dead.set(status["dead"])
        self.spooled.set(status["spooled"])
        self.outbox.set(status["outbox"]["waiting"])
        self.outbox_age.set(outbox_age or 0)
        for mode in _MODES:
            self.mode.labels(mode).set(status["mode"] == mode)
        self.wanted.set(_number(status["wanted"]))
        self.subscribed.set(_number(status["subscribed"]))
        self.token.set(token_left)
        for part, word in _PARTS.items():
            self.processes.labels(part).set(status[word])
        self.sockets.set(status["websocket_connections"])
        for state in _SWEPT:
            self.swept.labels(state).set(_number(status["sweep"][state]))
        self.last_webhook.set(_number(status["last_webhook_at"]))
        self.last_canary.set(_number(status["last_canary_at"]))
        self._tell_store(store)

    def tell_held(self, held: Mapping[str, int], dead_dropped: int) -> None:
        """Show how much there is of what is dropped beyond its bound, and how many dead letters were."""
        for what, count in held.items():
            self.held.labels(what).set(count)
        self.dead_dropped.set(dead_dropped)

    def tell_nothing(self) -> None:
        """Redis is away."""
        for gauge in self._all:
            if gauge not in (self.last_webhook, self.last_canary):
                _forget(gauge)
        self.redis_up.set(0)

    def _tell_store(self, store: Store) -> None:
        self.memory.set(store.used)
        self.memory_limit.set(store.limit)
        self.evicted.set(store.evicted)
        self.aof.set(store.aof_on and store.aof_ok)
        held = alarms(store)
        for name in WORDS:
            self.alarm.labels(name).set(name in held)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        gauge = Gauge(f"avito_live_{name}", meaning, labels, registry=self._registry)
        self._all.append(gauge)
        return gauge


def _forget(gauge: Gauge) -> None:
    for metric in gauge.collect():
        for sample in metric.samples:
            (gauge.labels(**sample.labels) if sample.labels else gauge).set(_NAN)


def _number(value: float | None) -> float:
    return _NAN if value is None else float(value)
