"""Sends messages through Telegram's bot API, for every feature that writes to Telegram."""

from dataclasses import dataclass, field

import httpx

from shared.settings import Environment

_TIMEOUT_S = 10.0
_PREFIX = "Avito Live: "
_INCOMPLETE = (
    "TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_ID (or TELEGRAM_FORWARD_CHAT_ID) go together: both or none"
)


class NotSentError(Exception):
    """Telegram did not take the message; the text says why and holds no token."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """A bot and the chat it writes to; `prefix` stands before each text."""

    api_url: str
    token: str = field(repr=False)
    chat_id: str
    prefix: str = _PREFIX

    async def send(self, text: str) -> None:
        """Send a message; raises NotSentError. Each uses a client of its own, since there are few."""
        body = {"chat_id": self.chat_id, "text": f"{self.prefix}{text}", "disable_web_page_preview": True}
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_S) as http:
                response = await http.post(f"{self.api_url}/bot{self.token}/sendMessage", json=body)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NotSentError(type(error).__name__) from None
        if response.status_code != 200:
            raise NotSentError(f"status {response.status_code}")


def read_telegram(environment: Environment, chat: str, prefix: str = _PREFIX) -> Telegram | None:
    """Return the bot that writes to the chat in the variable `chat`; None without a bot or this chat."""
    token = environment.text("TELEGRAM_BOT_TOKEN")
    chats = {name: environment.text(name) for name in ("TELEGRAM_CHAT_ID", "TELEGRAM_FORWARD_CHAT_ID")}
    if bool(token) != any(chats.values()):
        environment.problems.append(_INCOMPLETE)
    if not (token and chats[chat]):
        return None
    return Telegram(environment.web_address("TELEGRAM_API_URL").rstrip("/"), token, chats[chat], prefix)
