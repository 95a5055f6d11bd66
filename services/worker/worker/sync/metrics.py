"""The Prometheus metrics of the process that leads the account."""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge


@dataclass(frozen=True, slots=True)
class SweepOutcome:
    """What a sweep found: messages `new` here, `missing` here though Avito has them, chats not compared.

    `whole`: every chat that could be checked was checked.
    """

    new: int
    missing: int
    unchecked: int
    whole: bool


class SyncMetrics:
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
        self.unverified = Counter(
            "avito_live_worker_hints_total", "Unverified webhooks looked up", ["outcome"], registry=registry
        )

    def swept(self, outcome: SweepOutcome, shown: int) -> None:
        """Note one sweep. `shown`: messages that Avito has and operators see, since the beginning."""
        self.sweeps.labels("whole" if outcome.whole else "partial").inc()
        self.new.inc(outcome.new)
        self.messages.labels("shown").set(shown)
        self.messages.labels("missing").set(outcome.missing)
        self.unchecked.set(outcome.unchecked)
