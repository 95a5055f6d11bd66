r"""Who views or types where, over all gateways. Knows no socket, clock or Redis.

Gateways tell each other by publications without a seq (shared/redis/journal.py):
`{"type":"presence","signs":[{"client","operator","chat_id","typing"}]}`; `client` is the id of one socket,
`chat_id` null: it views nothing any more. Signs expire, so that a gateway that died leaves no ghosts.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import orjson

VIEWING_FOR = 60.0
TYPING_FOR = 6.0
MAX_CLIENTS = 2_000
MAX_SIGNS = 500


@dataclass(frozen=True, slots=True)
class Sign:
    """What one client does now."""

    client: str
    operator: str
    chat_id: str | None
    typing: bool = False


@dataclass(slots=True)
class _Entry:
    operator: str
    chat_id: str
    until: float
    typing_until: float


def write(signs: Iterable[Sign]) -> bytes:
    """Return the event that tells the other gateways."""
    return orjson.dumps({"type": "presence", "signs": [asdict(sign) for sign in signs]})


def read(event: dict[str, Any]) -> list[Sign]:
    """Read such an event; malformed signs are left out."""
    signs = event.get("signs")
    return [Sign(**sign) for sign in signs[:MAX_SIGNS] if _is_sign(sign)] if isinstance(signs, list) else []


def _is_sign(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and value.keys() == {"client", "operator", "chat_id", "typing"}
        and isinstance(value["client"], str)
        and isinstance(value["operator"], str)
        and (value["chat_id"] is None or isinstance(value["chat_id"], str))
        and isinstance(value["typing"], bool)
    )


class Presence:
    """The table of all clients. Its changes return the chats that look different now."""

    def __init__(self) -> None:
        self._clients: dict[str, _Entry] = {}
        self._chats: dict[str, dict[str, _Entry]] = {}  # the same by chat and client

    def apply(self, sign: Sign, now: float) -> set[str]:
        """Note what a client does; beyond MAX_CLIENTS new ones are ignored."""
        held = self._clients.get(sign.client)
        if sign.chat_id is None:
            return {self._remove(sign.client)} if held else set()
        if held is None and len(self._clients) >= MAX_CLIENTS:
            return set()
        typing_until = now + TYPING_FOR if sign.typing else 0.0
        if held and held.chat_id == sign.chat_id:
            changed = sign.typing and held.typing_until <= now
            held.until = now + VIEWING_FOR
            held.typing_until = max(held.typing_until, typing_until)
            return {sign.chat_id} if changed else set()
        changed_chats = {sign.chat_id, self._remove(sign.client)} if held else {sign.chat_id}
        entry = _Entry(sign.operator, sign.chat_id, now + VIEWING_FOR, typing_until)
        self._clients[sign.client] = self._chats.setdefault(sign.chat_id, {})[sign.client] = entry
        return changed_chats

    def fade(self, now: float) -> set[str]:
        """Forget signs that have not been renewed."""
        changed = set()
        for client, held in list(self._clients.items()):
            if held.until <= now:
                changed.add(self._remove(client))
            elif 0.0 < held.typing_until <= now:
                held.typing_until = 0.0
                changed.add(held.chat_id)
        return changed

    def of(self, chat_id: str, now: float) -> tuple[list[str], list[str]]:
        """Return who views and who types in this chat: operators by name, each once."""
        here = self._chats.get(chat_id, {}).values()
        viewing = sorted({held.operator for held in here})
        return viewing, sorted({held.operator for held in here if held.typing_until > now})

    def chats(self) -> set[str]:
        """Return the chats that are viewed."""
        return set(self._chats)

    def _remove(self, client: str) -> str:
        """Forget a client; returns the chat in which it was."""
        chat_id = self._clients.pop(client).chat_id
        here = self._chats[chat_id]
        del here[client]
        if not here:
            del self._chats[chat_id]
        return chat_id
