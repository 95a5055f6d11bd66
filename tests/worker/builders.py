"""Messages as Avito reports them, with defaults for all that a test does not set."""

from typing import Any

from worker.messages.message import Message
from worker.messages.reading import read_message

SELLER = 301200100
BUYER = 205006007
CHAT = "u2i-Qe7k_W2m~RtY5vB1nHs0pA"


def make_message(
    message_id: str = "m1",
    *,
    created: float = 1_757_403_725,
    author: int = BUYER,
    asof: float = 0,
    **more: Any,
) -> Message:
    """A text of the buyer unless said otherwise; `more` are members of Avito's message object."""
    value = {"id": message_id, "author_id": author, "created": created, "type": "text"}
    value |= {"content": {"text": f"text of {message_id}"}} | more
    return read_message(value, SELLER, CHAT, asof=asof)
