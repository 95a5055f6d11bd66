"""An operator's screen: holds a WebSocket as the panel does, and counts what must never happen.

It reconnects with its last position, reads again when it is told to, and merges events as upserts.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx2
import orjson
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from shared.wires import threads as older_messages
from testbed.panel_client import PANEL, PanelClient
from testbed.threads import row

_AGAIN_AFTER_S = 0.1
_NO_SESSION = 4401

Message = dict[str, Any]


@dataclass(slots=True)
class Seen:
    """Counts of the screen. All but `rereads` must be 0.

    `holes`: events that were missed. `repeats`: events that came again. `rings`: by epoch and message id.
    """

    holes: int = 0
    repeats: int = 0
    logouts: int = 0
    rereads: int = 0
    rings: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def rung_twice(self) -> int:
        """How often the screen rang again for a message."""
        return sum(times - 1 for times in self.rings.values() if times)


@dataclass(slots=True)
class Screen:
    """One operator. `gateways`: URLs, used in turn when one fails."""

    gateways: Sequence[str]
    seen: Seen = field(default_factory=Seen)
    threads: dict[str, dict[str, Message]] = field(default_factory=dict)
    place: tuple[str, int] | None = None
    cookies: httpx2.Cookies = field(default_factory=httpx2.Cookies)

    def ids(self) -> set[str]:
        """Return the ids of all messages on the screen."""
        return {message_id for thread in self.threads.values() for message_id in thread}

    def shown(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return the threads in the form of scripts/testbed/threads.py, oldest message first."""
        return {
            chat: [row(message) for message in sorted(thread.values(), key=_order)]
            for chat, thread in self.threads.items()
        }

    def at(self, gateway: str) -> AbstractAsyncContextManager[PanelClient]:
        """Open a browser with the operator's session at a gateway."""
        return PanelClient.at(gateway, cookies=self.cookies, timeout=10)

    def socket(self, panel: PanelClient) -> connect:
        """Return a WebSocket, to be entered, that goes on at the screen's position."""
        query = f"?epoch={self.place[0]}&seq={self.place[1]}" if self.place else ""
        return panel.connect(query, open_timeout=5, close_timeout=1)

    async def watch(self) -> None:
        """Watch until cancelled, reconnecting when a gateway fails."""
        turn = 0
        while True:
            gateway = self.gateways[turn % len(self.gateways)]
            async with self.at(gateway) as panel:
                try:
                    await self._watch_at(panel)
                except (OSError, WebSocketException, httpx2.HTTPError, TimeoutError):
                    turn += 1
            await asyncio.sleep(_AGAIN_AFTER_S)

    async def _watch_at(self, panel: PanelClient) -> None:
        if not self.cookies:
            answer = await panel.log_in()
            if not answer.has_redirect_location:
                raise httpx2.HTTPError(f"login answered {answer.status_code}")
            self.cookies = httpx2.Cookies(panel.http.cookies)
        async with self.socket(panel) as ws:
            try:
                async for text in ws:
                    await self._take(orjson.loads(text), panel.http)
            finally:
                if ws.close_code == _NO_SESSION:
                    self.seen.logouts += 1
                    self.cookies.clear()

    async def _take(self, frame: dict[str, Any], http: httpx2.AsyncClient) -> None:
        kind = frame["type"]
        if kind == "hello":
            await self._greet(frame, http)
        elif kind == "canary":
            self.seen.holes += self.place is not None and frame["seq"] > self.place[1]
        elif "seq" in frame:
            await self._merge(frame, http)

    async def _greet(self, hello: dict[str, Any], http: httpx2.AsyncClient) -> None:
        told = (hello["epoch"], hello["seq"])
        if hello["recovered"]:
            self.seen.holes += told != self.place
        else:
            self.seen.rereads += 1
            self.place = None  # until everything is read, so that an interrupted screen starts over
            chats = [chat["id"] async for chat in _rows(http, "chats", "chats")]
            self.threads = {chat: await _thread(http, chat) for chat in chats}
        self.place = told

    async def _merge(self, event: dict[str, Any], http: httpx2.AsyncClient) -> None:
        assert self.place is not None  # noqa: S101 - hello comes first
        epoch, seq = self.place
        self.seen.repeats += event["seq"] <= seq
        self.seen.holes += event["seq"] > seq + 1
        self.place = (epoch, event["seq"])
        if event["type"] == "message":
            message = event["message"]
            self.threads.setdefault(event["chat_id"], {})[message["id"]] = message
            self.seen.rings[epoch, message["id"]] += event["ring"]
        elif event["type"] == "thread":
            self.threads[event["chat_id"]] = await _thread(http, event["chat_id"])


async def _thread(http: httpx2.AsyncClient, chat_id: str) -> dict[str, Message]:
    """Read the part of a thread that we hold; older messages would come from Avito."""
    path = f"chats/{quote(chat_id, '')}/messages"
    return {message["id"]: message async for message in _rows(http, path, "messages")}


async def _rows(http: httpx2.AsyncClient, path: str, name: str) -> AsyncIterator[dict[str, Any]]:
    """Read all pages of a list."""
    before: str | None = ""
    while before is not None and not older_messages.is_cursor(before):
        answer = await http.get(f"{PANEL}api/{path}", params={"limit": 100, "before": before})
        page = answer.raise_for_status().json()
        for one in page[name]:
            yield one
        before = page["next"]


def _order(message: Message) -> tuple[Any, ...]:
    rank = 1000 if message.get("rank") is None else message["rank"]
    return (message["created"], rank, message["id"])
