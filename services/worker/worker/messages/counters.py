"""What is counted where it happens, and told by this process' registry."""

from prometheus_client import CollectorRegistry, Counter, Histogram

_ANSWER_S = (10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 43_200, 86_400)

REPLIES = Counter(
    "avito_live_worker_replies_total", "Replies that came to their end", ["outcome"], registry=None
)
"""`outcome`: sent, or the code for which one failed."""

FIRST_ANSWER = Histogram(
    "avito_live_worker_first_answer_seconds",
    "From a buyer's first unanswered message to the answer",
    buckets=_ANSWER_S,
    registry=None,
)


def register(registry: CollectorRegistry) -> None:
    """Show them in a registry."""
    REPLIES.labels("sent")
    registry.register(REPLIES)
    registry.register(FIRST_ANSWER)
