"""Sends messages through Telegram's bot API, for every feature that writes to Telegram."""

from dataclasses import dataclass

import httpx2

from worker.features.telegram_settings import TelegramChat

_TIMEOUT_S = 10.0


class NotSentError(Exception):
    """Telegram did not take the message; the text says why and holds no token."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """Writes to one chat."""

    chat: TelegramChat

    async def send(self, text: str) -> None:
        """Send a message; raises NotSentError. Each uses a client of its own, since there are few."""
        chat = self.chat
        body = {"chat_id": chat.chat_id, "text": f"{chat.prefix}{text}", "disable_web_page_preview": True}
        try:
            async with httpx2.AsyncClient(timeout=_TIMEOUT_S) as http:
                response = await http.post(f"{chat.api_url}/bot{chat.token}/sendMessage", json=body)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ImportError, ValueError) as error:
            # The last two: a proxy of the environment's that httpx2 cannot use, as SOCKS.
            raise NotSentError(type(error).__name__) from None
        if response.status_code != 200:
            raise NotSentError(f"status {response.status_code}")
