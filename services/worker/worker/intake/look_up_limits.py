"""How many hints are looked up: so few that forged ones cost next to nothing. Pure."""

from collections import deque
from dataclasses import dataclass, field

CHAT_GAP_S = 5.0
MINUTE_S = 60.0
A_MINUTE = 10
_MOST_CHATS = 1_000


@dataclass(slots=True)
class LookUpLimits:
    """Counts what was allowed; times in Unix seconds."""

    allowed: deque[float] = field(default_factory=deque)
    by_chat: dict[str, float] = field(default_factory=dict)

    def may_look_up(self, chat_id: str, now: float) -> bool:
        """Tell whether a chat may be looked up now, and count it. What may not is left to an early sweep."""
        self._forget(now)
        if len(self.allowed) >= A_MINUTE or chat_id in self.by_chat:
            return False
        self.allowed.append(now)
        self.by_chat[chat_id] = now
        return True

    def _forget(self, now: float) -> None:
        """A clock that was set back frees everything."""
        while self.allowed and not 0 <= now - self.allowed[0] < MINUTE_S:
            self.allowed.popleft()
        self.by_chat = {chat: at for chat, at in self.by_chat.items() if 0 <= now - at < CHAT_GAP_S}
