"""Prometheus metrics of intake."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Histogram

from shared.redis.lua.scripts import CommitReply
from worker.messages.commit import Change
from worker.messages.kinds import KINDS

_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0)


class IntakeMetrics:
    """Counters of one process, in its own registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.entries = Counter(
            "avito_live_worker_entries_total", "Inbox entries handled", ["outcome"], registry=registry
        )
        self.seconds = Histogram(
            "avito_live_worker_commit_seconds", "Time per entry in Redis", buckets=_BUCKETS, registry=registry
        )
        self.taken_over = Counter(
            "avito_live_worker_taken_over_total", "Entries claimed from dead workers", registry=registry
        )
        self.unknown_kinds = Counter(
            "avito_live_worker_unknown_kinds_total",
            "New messages of a kind that is not in the table of kinds",
            registry=registry,
        )
        self.products = Counter(
            "avito_live_other_products_total",
            "Webhooks of Avito's other products, which are not for this address",
            ["product"],
            registry=registry,
        )

    def count(self, change: Change, done: CommitReply) -> None:
        """Count one committed entry."""
        if done.new and change.messages[0].type not in KINDS:
            self.unknown_kinds.inc()
        outcome = "new" if done.new else "changed" if done.changed else "known"
        self.entries.labels(outcome).inc()

    def reject(self, product: str) -> None:
        """Count an entry that became a dead letter, or one more of its product."""
        self.entries.labels("product" if product else "dead").inc()
        if product:
            self.products.labels(product).inc()

    def acknowledge(self, *, is_event: bool) -> None:
        """Count an entry that showed nothing: a probe, a canary, or an event in a chat."""
        self.entries.labels("event" if is_event else "probe").inc()

    @contextmanager
    def per_entry(self, entries: int) -> Iterator[None]:
        """Time a block that waits for Redis, and note its share for each of so many entries."""
        started = time.perf_counter()
        yield
        self.seconds.observe((time.perf_counter() - started) / max(1, entries))
