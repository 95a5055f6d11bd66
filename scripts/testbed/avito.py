"""A client of the simulator's control API."""

from dataclasses import dataclass
from typing import Any

import httpx2


@dataclass(frozen=True, slots=True)
class Avito:
    """Acts as buyers, as the seller in Avito's app, and as Avito. A refusal raises httpx2.HTTPStatusError."""

    http: httpx2.AsyncClient
    url: str

    async def ask(self, path: str, method: str = "POST", **body: Any) -> Any:
        """Call the control API."""
        response = await self.http.request(method, f"{self.url}/_control/{path}", json=body, timeout=60)
        response.raise_for_status()
        return response.json()

    async def chat(self, **body: Any) -> str:
        """Make a chat and return its id."""
        return str((await self.ask("chats", **body))["chat"]["id"])

    async def write(self, chat_id: str, text: str, **body: Any) -> str:
        """Write a message, as the buyer unless `by` says otherwise, and return its id."""
        return str((await self.ask(f"chats/{chat_id}/messages", text=text, **body))["message"]["id"])

    async def delete(self, chat_id: str, message_id: str, **body: Any) -> None:
        """Delete a message; `form` and `webhook` as the control API has them."""
        await self.ask(f"chats/{chat_id}/messages/{message_id}/delete", **body)

    async def burst(self, **body: Any) -> Any:
        """Write many messages and post their webhooks; see the control API."""
        return await self.ask("burst", **body)

    async def faults(self, **switches: Any) -> None:
        """Set switches."""
        await self.ask("faults", **switches)

    async def strike(self, operation: str, **fault: Any) -> None:
        """Add a fault to an operation (`*`: all)."""
        await self.ask("faults/endpoints", operation=operation, **fault)

    async def calm(self) -> None:
        """End all faults at operations."""
        await self.ask("faults/endpoints", "DELETE")

    async def reset(self) -> None:
        """End all faults and put all switches back."""
        await self.ask("faults/reset")

    async def subscribe(self, *urls: str) -> None:
        """Make these the only subscriptions, as another product or Avito might do."""
        await self.ask("subscriptions", "PUT", urls=list(urls))

    async def delivered(self) -> None:
        """Wait until all webhooks were posted or given up."""
        assert (await self.ask("idle", timeout_s=50))["idle"]

    async def subscriptions(self) -> list[str]:
        """Return the URLs that are subscribed."""
        return [row["url"] for row in (await self.truth("subscriptions"))["subscriptions"]]

    async def calls(self, since: float = 0.0) -> list[dict[str, Any]]:
        """Return the log of API calls since a time (Unix seconds)."""
        calls: list[dict[str, Any]] = (await self.truth("calls", since))["calls"]
        return calls

    async def truth(self, parts: str = "chats", since: float = 0.0) -> Any:
        """Return Avito's own lists or logs."""
        response = await self.http.get(
            f"{self.url}/_control/truth", params={"parts": parts, "since": since}, timeout=60
        )
        response.raise_for_status()
        return response.json()
