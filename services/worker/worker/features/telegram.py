"""Sends a message through Telegram's bot API."""

from dataclasses import dataclass, field

import httpx

_PATIENCE_S = 10.0


class NotSentError(Exception):
    """Telegram did not take the message; the text says why and holds no token."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """A bot and whom it writes to; `prefix` stands before each text."""

    api_url: str
    token: str = field(repr=False)
    chat_id: str
    prefix: str = "Avito Live: "

    async def send(self, text: str) -> None:
        """Send; raises NotSentError. A client a message: there are few."""
        body = {"chat_id": self.chat_id, "text": f"{self.prefix}{text}", "disable_web_page_preview": True}
        try:
            async with httpx.AsyncClient(timeout=_PATIENCE_S) as http:
                answer = await http.post(f"{self.api_url}/bot{self.token}/sendMessage", json=body)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NotSentError(type(error).__name__) from None
        if answer.status_code != 200:
            raise NotSentError(f"status {answer.status_code}")
