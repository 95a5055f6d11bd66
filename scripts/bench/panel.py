"""A client of the panel: the session cookie and a WebSocket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from websockets.asyncio.client import ClientConnection, connect

from bench.processes import PASSWORD, USERNAME

PATH = "/admin/avito/"


async def log_in(gateway: str) -> str:
    """Return the Cookie header of a new session. Raises httpx.HTTPError."""
    async with httpx.AsyncClient(base_url=gateway, headers={"Origin": gateway}, trust_env=False) as http:
        answer = await http.post(f"{PATH}login", data={"username": USERNAME, "password": PASSWORD})
        if answer.status_code != 303:
            answer.raise_for_status()
            raise httpx.HTTPError(f"login answered {answer.status_code}")
        return "; ".join(f"{name}={value}" for name, value in http.cookies.items())


@asynccontextmanager
async def socket(gateway: str, cookie: str, query: str = "") -> AsyncIterator[ClientConnection]:
    """Yield an open WebSocket whose hello was read."""
    url = gateway.replace("http", "ws", 1) + f"{PATH}ws{query}"
    headers = {"Cookie": cookie}
    async with connect(url, origin=gateway, additional_headers=headers, compression=None) as ws:  # type: ignore[arg-type]  # any text is an origin
        await ws.recv()
        yield ws
