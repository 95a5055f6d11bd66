"""The metrics of ingest, as Prometheus reads them."""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from itertools import accumulate

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString
from typing_extensions import override

_PREFIX = "avito_live_ingest"
_ACK_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0)


class Metrics:
    """The metrics of one process. Labels have few values, all named here."""

    def __init__(self) -> None:
        # It adds a series to each counter that tells when the counter began: of no use here.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # prometheus_client leaves it untyped
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.unverified = self._counter("hints", "Unverified webhooks that were answered 200")
        refused = self._counter("refused", "Posts that were not answered 200", "reason")
        self.too_large = refused.labels("too_large")
        self.unfinished = refused.labels("unfinished")
        self.not_stored = refused.labels("not_kept")
        self.method = refused.labels("method")
        self.unverified_dropped = self._counter("hints_dropped", "Unverified webhooks not kept", "reason")
        for reason in ("quota", "size", "redis", "oldest"):
            self.unverified_dropped.labels(reason)
        self.drained = self._counter("spool_drained", "Spooled webhooks put into the inbox")
        self.corrupt = self._counter("spool_corrupt", "Spooled records that could not be read")
        self.canaries = self._counter("canaries", "Canaries put into the inbox")
        self.acks = {place: Acks() for place in ("redis", "spool")}
        self.registry.register(_AckCollector(self.acks))

    def gauge(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Add a gauge that calls `value` when it is read."""
        Gauge(f"{_PREFIX}_{name}", meaning, registry=self.registry).set_function(value)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}_total", meaning, labels, registry=self.registry)


class Acks:
    """A histogram that costs a third of the library's, since every webhook is counted here."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(_ACK_BOUNDS) + 1)
        self.seconds = 0.0

    def observe(self, seconds: float) -> None:
        """Count one response that took so long."""
        self.counts[bisect_left(_ACK_BOUNDS, seconds)] += 1
        self.seconds += seconds


class _AckCollector(Collector):
    def __init__(self, acks: dict[str, Acks]) -> None:
        self._acks = acks

    @override
    def collect(self) -> Iterable[Metric]:
        family = HistogramMetricFamily(
            f"{_PREFIX}_ack_seconds",
            "From the whole body of a proven webhook to its answer, by where it was then safe",
            labels=["place"],
        )
        bounds = [*map(floatToGoString, _ACK_BOUNDS), "+Inf"]
        for place, acks in self._acks.items():
            family.add_metric([place], [*zip(bounds, accumulate(acks.counts), strict=True)], acks.seconds)
        yield family
