"""The whole system as Prometheus reads it: every worker says the same, so query the `max` over them."""

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Gauge

from shared.redis.info import ALARM_TEXTS, RedisInfo

_PARTS = {"worker": "workers", "gateway": "gateways"}
_MODES = ("webhook", "polling")
_SWEPT = ("received", "shown", "missing", "unchecked")
_NAN = float("nan")


class SystemGauges:
    """Unknown values (while Redis is away) read as NaN, never as old values; past moments stay."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._all: list[Gauge] = []
        self.redis_up = self._gauge("redis_up", "1 while the worker reads Redis")
        self.inbox = self._gauge("inbox_entries", "Webhooks that wait for their commit")
        self.inbox_age = self._gauge("inbox_age_seconds", "How long the oldest of them has waited")
        self.dead = self._gauge("dead_letters", "Webhooks that could not be read")
        self.dead_dropped = self._gauge("dead_letters_dropped", "Dead letters dropped, in all")
        self.held = self._gauge("held", "How much is held of data that has a bound", "what")
        self.spooled = self._gauge("spooled_webhooks", "Webhooks that wait on the disks of all ingests")
        self.outbox = self._gauge("outbox_replies", "Replies on their way")
        self.outbox_age = self._gauge("outbox_age_seconds", "How long the oldest of them has waited")
        self.mode = self._gauge("mode", "1 for the current mode", "mode")
        self.wanted = self._gauge("subscription_wanted", "1 when the owner wants the webhook")
        self.subscribed = self._gauge("subscription_active", "1 while our URL is subscribed at Avito")
        self.token = self._gauge("token_seconds_left", "How long the access token is still used")
        self.processes = self._gauge("processes", "Live processes", "part")
        self.sockets = self._gauge("websocket_connections", "Browsers connected, over all gateways")
        self.swept = self._gauge("sweep_messages", "The loss proof of the last sweep", "state")
        self.last_webhook = self._gauge("last_webhook_timestamp_seconds", "When the newest webhook came")
        self.last_canary = self._gauge("last_canary_timestamp_seconds", "When a canary last arrived")
        self.memory = self._gauge("redis_memory_bytes", "Memory that Redis uses")
        self.memory_limit = self._gauge("redis_memory_limit_bytes", "Memory that Redis may use, 0: no limit")
        self.evicted = self._gauge("redis_evicted_keys", "Keys that Redis evicted since its start")
        self.aof = self._gauge("redis_aof_ok", "1 while the append-only file is on and can be written")
        self.alarm = self._gauge("alarm", "1 while this alarm holds", "alarm")
        for name in ALARM_TEXTS:
            self.alarm.labels(name).set(0)

    def set(self, status: Mapping[str, Any], store: RedisInfo, token_left: float, outbox_age: float) -> None:
        """Set all from a status of shared/status.py; `token_left` and `outbox_age` in seconds."""
        self.redis_up.set(1)
        self.inbox.set(status["inbox"]["waiting"])
        self.inbox_age.set(status["inbox"]["oldest_s"] or 0)
        self.dead.set(status["dead"])
        self.spooled.set(status["spooled"])
        self.outbox.set(status["outbox"]["waiting"])
        self.outbox_age.set(outbox_age)
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
        for name in ALARM_TEXTS:
            self.alarm.labels(name).set(name in status["alarms"])
        self._set_store(store)

    def set_held(self, held: Mapping[str, int], dead_dropped: int) -> None:
        """Set how much is held of bounded data, and how many dead letters were dropped."""
        for what, count in held.items():
            self.held.labels(what).set(count)
        self.dead_dropped.set(dead_dropped)

    def forget(self) -> None:
        """Forget all values: Redis is away."""
        for gauge in self._all:
            if gauge not in (self.last_webhook, self.last_canary):
                _forget(gauge)
        self.redis_up.set(0)

    def _set_store(self, store: RedisInfo) -> None:
        self.memory.set(store.used)
        self.memory_limit.set(store.limit)
        self.evicted.set(store.evicted)
        self.aof.set(_NAN if store.aof_on is None else store.aof_on and store.aof_ok)

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
