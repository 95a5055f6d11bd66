"""Metrics of events that several rooms of the worker bring about."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_ANSWER_S = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400)

REPLIES = Counter(
    "avito_live_worker_replies_total", "Replies that came to their end", ["outcome"], registry=None
)
"""`outcome`: sent, or the code of the failure."""

FIRST_ANSWER = Histogram(
    "avito_live_worker_first_answer_seconds",
    "From a buyer's first unanswered message to the answer",
    buckets=_ANSWER_S,
    registry=None,
)

IDS_REFUSED = Counter(
    "avito_live_avito_ids_refused_total",
    "Calls to Avito that were not made, since no id of Avito's looks like the one asked for",
    ["operation"],
    registry=None,
)


def register(registry: CollectorRegistry) -> None:
    """Add them to the registry of this process."""
    REPLIES.labels("sent")
    registry.register(REPLIES)
    registry.register(FIRST_ANSWER)
    registry.register(IDS_REFUSED)
