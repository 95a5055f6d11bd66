"""The counts of a sweep, and the Prometheus metrics of the process that sweeps."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge


@dataclass(frozen=True, slots=True)
class Counts:
    """Messages that Avito has: `shown` here since the beginning, `missing` here at the last sweep.

    `unchecked`: chats that the last sweep could not compare.
    """

    shown: int
    missing: int
    unchecked: int


class SweepMetrics:
    """Metrics of one process, in its own registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.sweeps = Counter(
            "avito_live_worker_sweeps_total", "Sweeps of Avito's lists", ["outcome"], registry=registry
        )
        self.new = Counter(
            "avito_live_worker_sweep_new_total", "Messages that a sweep brought first", registry=registry
        )
        self.messages = Gauge(
            "avito_live_worker_sweep_messages",
            "Messages that Avito has: shown since the beginning, missing at the last sweep",
            ["state"],
            registry=registry,
        )
        self.unchecked = Gauge(
            "avito_live_worker_sweep_unchecked_chats",
            "Chats that the last sweep could not check",
            registry=registry,
        )
        self.missed = Counter(
            "avito_live_worker_missed_webhooks_total",
            "Messages that no webhook brought though it should have",
            registry=registry,
        )

    def swept(self, counts: Counts, *, new: int, whole: bool) -> None:
        """Note one sweep."""
        self.sweeps.labels("whole" if whole else "partial").inc()
        self.new.inc(new)
        self.messages.labels("shown").set(counts.shown)
        self.messages.labels("missing").set(counts.missing)
        self.unchecked.set(counts.unchecked)
