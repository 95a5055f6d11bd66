"""The gateway's Prometheus metrics, and the latency of the last minutes for the status."""

from collections import deque

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)

_PREFIX = "avito_live_gateway"
_SECONDS = (0.001, 0.002, 0.003, 0.005, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1, 2.5, 5, 15, 60)


class Metrics:
    """The gateway's metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self.clients = self._gauge("clients", "Open WebSockets")
        self.linked = self._gauge("linked", "1 while live events are heard from Redis")
        self.events = self._counter("events_total", "Journal events relayed")
        self.frames_sent = self._counter("frames_sent_total", "Event frames written, over all clients")
        self.frames_received = self._counter("frames_received_total", "Messages received from clients")
        self.bad_frames = self._counter("bad_frames_total", "Messages from clients that were not understood")
        self.closes = self._counter("closes_total", "Connections closed by us, by close code", "code")
        self.resumes = self._counter("resumes_total", "Greetings, by outcome", "outcome")
        self.gaps = self._counter("journal_gaps_total", "Gaps read from the journal")
        self.gap_events = self._counter("journal_gap_events_total", "Events that were read from the journal")
        self.relinks = self._counter("relinks_total", "Subscriptions that were replaced")
        self.epochs = self._counter("epoch_changes_total", "Times that all clients were told to read again")
        self.logins = self._counter("logins_total", "Logins, by outcome", "outcome")
        self.refusals = self._counter("refusals_total", "Requests refused, by error code", "code")
        words = "From the accepted webhook to the frames written"
        self.to_socket = self._histogram("webhook_to_socket_seconds", words)
        words = "From the accepted webhook to the client's word that it is drawn"
        self.to_screen = self._histogram("webhook_to_screen_seconds", words)

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}", words, labels, registry=self.registry)

    def _histogram(self, name: str, words: str) -> Histogram:
        return Histogram(f"{_PREFIX}_{name}", words, buckets=_SECONDS, registry=self.registry)

    def _gauge(self, name: str, words: str) -> Gauge:
        return Gauge(f"{_PREFIX}_{name}", words, registry=self.registry)


class Latency:
    """Seconds measured within the last `window` seconds, at most `most` of them. `now`: of a steady clock."""

    def __init__(self, window: float = 300.0, most: int = 2_000) -> None:
        self._window = window
        self._measured: deque[tuple[float, float]] = deque(maxlen=most)

    def add(self, seconds: float, now: float) -> None:
        """Take one measurement."""
        self._measured.append((now, seconds))

    def quantiles(self, now: float) -> dict[str, float | None]:
        """Return p50 and p99 in milliseconds, None when there are no measurements."""
        while self._measured and self._measured[0][0] < now - self._window:
            self._measured.popleft()
        values = sorted(seconds for _, seconds in self._measured)
        if not values:
            return {"p50": None, "p99": None}
        return {
            name: round(values[int((len(values) - 1) * share)] * 1000, 2)
            for name, share in (("p50", 0.5), ("p99", 0.99))
        }
