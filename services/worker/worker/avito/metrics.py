"""What Prometheus is told of the calls to Avito."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class CallMetrics:
    """Counters of one process. `status`: the HTTP status, or refused, cut, silent, unreadable."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "avito_live_avito_calls_total",
            "Calls to Avito's API",
            ["operation", "status"],
            registry=registry,
        )
        self._seconds = Histogram(
            "avito_live_avito_call_seconds",
            "Time until Avito answered",
            ["operation"],
            buckets=_BUCKETS,
            registry=registry,
        )

    def call(self, operation: str, status: str, seconds: float) -> None:
        """Count one call that came to its end."""
        self._calls.labels(operation, status).inc()
        self._seconds.labels(operation).observe(seconds)
