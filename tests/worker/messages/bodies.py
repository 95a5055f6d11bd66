"""Bodies as Avito posts them, and the same changed as senders and proxies change them."""

from typing import Any

import orjson
from hypothesis import strategies as st

from tests.worker.builders import BUYER, CHAT, SELLER

NOW = 1_757_403_800.0


def envelope(**value: Any) -> dict[str, Any]:
    message = {
        "id": "0f1e",
        "chat_id": CHAT,
        "user_id": SELLER,
        "author_id": BUYER,
        "created": 1_757_403_725,
        "type": "text",
        "chat_type": "u2i",
        "content": {"text": "Здравствуйте"},
        "item_id": 4_100_200_300,
    }
    payload = {"type": "message", "value": message | value}
    return {"id": "6d0c", "version": "v3.0.0", "timestamp": 1_757_403_726, "payload": payload}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)

_SPELLINGS = {
    "id": ["id", "messageId", "message_id"],
    "chat_id": ["chat_id", "chatId", "ChatID", "channel_id", "conversationId"],
    "user_id": ["user_id", "userId", "account_id"],
    "author_id": ["author_id", "authorId", "sender_id"],
    "created": ["created", "createdAt", "timestamp"],
    "content": ["content", "Content"],
    "type": ["type", "messageType"],
}
_WRAPPERS = ["payload", "value", "message", "data", "event_data", "body", "notification"]
_KEPT = ("chat_id", "user_id", "type")


@st.composite
def mutated(draw: st.DrawFn, *, text: str = "Здравствуйте", kind: str = "text", author: int = BUYER) -> bytes:
    """Draw a message that names its chat: fields dropped, retyped, renamed, reordered, the whole wrapped."""
    value = envelope(type=kind, author_id=author, content={"text": text})["payload"]["value"]
    for name in draw(st.lists(st.sampled_from([name for name in value if name not in _KEPT]), max_size=2)):
        value.pop(name, None)
    for name in draw(st.lists(st.sampled_from([name for name in value if name not in _KEPT]), max_size=1)):
        value[name] = draw(json_values)
    for name in draw(st.lists(st.sampled_from(["user_id", "author_id", "created"]), max_size=2)):
        value[name] = str(value[name]) if name in value else None
    named = {draw(st.sampled_from(_SPELLINGS.get(name, [name]))): part for name, part in value.items()}
    body: Any = dict(draw(st.permutations(list(named.items()))))
    if draw(st.booleans()):
        body = {"id": "6d0c", "version": "v3.0.0", "payload": {"type": "message", "value": body}}
    for wrapper in draw(st.lists(st.sampled_from(_WRAPPERS), max_size=3)):
        body = [body] if draw(st.booleans()) else {wrapper: body}
    return orjson.dumps(body)
