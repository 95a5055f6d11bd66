"""A browser with the panel, without its screen: it logs in, reads, opens WebSockets."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import httpx2
from websockets.asyncio.client import connect

from testbed.system import PASSWORD, USERNAME

PANEL = "/admin/avito/"
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # empty: reading certificates takes 40 ms a client


@dataclass(slots=True)
class PanelClient:
    """One browser at one gateway; `http` holds its session."""

    base: str
    http: httpx2.AsyncClient

    @classmethod
    @asynccontextmanager
    async def at(cls, base: str, **more: Any) -> AsyncIterator[Self]:
        """Open a browser at this address; `more`: arguments of its HTTP client, such as `cookies`."""
        options: dict[str, Any] = {"timeout": 30, "trust_env": False, "verify": _NO_TLS} | more
        async with httpx2.AsyncClient(base_url=base, headers={"Origin": base}, **options) as http:
            yield cls(base, http)

    @property
    def cookie(self) -> str:
        """The Cookie header of its session."""
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    async def log_in(self, name: str = USERNAME, password: str = PASSWORD, **headers: str) -> httpx2.Response:
        """Send the login form."""
        form = {"username": name, "password": password}
        return await self.http.post(f"{PANEL}login", data=form, headers=headers)

    def connect(self, query: str = "", *, base: str = "", **more: Any) -> connect:
        """Return a WebSocket to be entered. `base`: another gateway; `more`: arguments of `connect`."""
        origin = base or self.base
        options: dict[str, Any] = {"origin": origin, "additional_headers": {"Cookie": self.cookie}}
        # Unread frames have no limit: a client that stops reading misses the answer to its close.
        options |= {"max_size": None, "max_queue": None, "compression": None} | more
        return connect(f"{origin.replace('http', 'ws', 1)}{PANEL}ws{query}", **options)
