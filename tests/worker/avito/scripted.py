"""A loopback server that answers, or fails to, exactly as a test says."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Seen:
    """A request as it came over the wire."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def path(self) -> str:
        return self.url.partition("?")[0]

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `cut` ends the connection instead, `cut_body` in the middle of the body."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    cut_body: bool = False
    silent: bool = False


CUT = Reply(cut=True)
SILENCE = Reply(silent=True)
Script = Callable[[Seen], Reply]


def answer(value: Any, status: int = 200, **headers: str) -> Reply:
    """JSON, its header as sloppy as Avito's can be."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "text/plain"} | named)


def envelope(code: int, message: str = "no", **headers: str) -> Reply:
    """Avito's error envelope."""
    return answer({"error": {"code": code, "message": message}}, code, **headers)


@dataclass
class Scripted:
    """The server: `seen` is all that came, tokens are `token-1`, `token-2`, … unless `script` says more."""

    script: Script = field(default=lambda seen: answer({}))
    seen: list[Seen] = field(default_factory=list)
    port: int = 0
    tokens_given: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def calls(self) -> list[Seen]:
        """What was asked besides tokens."""
        return [one for one in self.seen if one.path != "/token"]

    @property
    def token_requests(self) -> list[Seen]:
        return [one for one in self.seen if one.path == "/token"]

    def give_token(self) -> Reply:
        self.tokens_given += 1
        return answer({"access_token": f"token-{self.tokens_given}", "expires_in": 86400})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (seen := await _read(reader)) is not None:
                self.seen.append(seen)
                if not await self._reply(seen, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _reply(self, seen: Seen, writer: asyncio.StreamWriter) -> bool:
        reply = (
            self.give_token() if seen.path == "/token" and not self._scripts_tokens() else self.script(seen)
        )
        if reply.silent:
            await asyncio.Event().wait()
        if reply.cut:
            writer.transport.abort()
            return False
        length = len(reply.body) + (1 if reply.cut_body else 0)
        head = f"HTTP/1.1 {reply.status} Scripted\r\nContent-Length: {length}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        writer.write(head.encode() + b"\r\n" + reply.body)
        await writer.drain()
        return not reply.cut_body

    def _scripts_tokens(self) -> bool:
        return getattr(self.script, "tokens", False)


def with_tokens(script: Script) -> Script:
    """Mark a script that answers /token itself."""
    script.tokens = True  # type: ignore[attr-defined] # functions carry marks
    return script


async def _read(reader: asyncio.StreamReader) -> Seen | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode().split("\r\n")
    method, url, _ = first.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Seen(method, url, headers, body)


@asynccontextmanager
async def scripted(script: Script | None = None, kind: type[Scripted] = Scripted) -> AsyncIterator[Scripted]:
    """Give a listening server; its connections end with the block."""
    server = kind() if script is None else kind(script)
    open_ones: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(server.serve(reader, writer))
        open_ones[task] = writer
        task.add_done_callback(open_ones.pop)

    listener = await asyncio.start_server(connected, "127.0.0.1", 0)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        left = dict(open_ones)
        for task, writer in left.items():
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*left, return_exceptions=True)
        await listener.wait_closed()
