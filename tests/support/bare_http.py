"""HTTP over bare sockets, for tests that must be faster than a limit: httpx2 is slow on a busy machine."""

import asyncio
from collections.abc import Iterable, Mapping

import httpx2

CONNECTIONS = 10


def request(method: str, url: str, headers: Mapping[str, str] | None = None, body: bytes = b"") -> bytes:
    """Return a request as it is sent."""
    to = httpx2.URL(url)
    length = {"Content-Length": str(len(body))} if body else {}
    lines = [f"{method} {to.raw_path.decode()} HTTP/1.1", f"Host: {to.host}:{to.port}"]
    lines += [f"{name}: {value}" for name, value in {**length, **(headers or {})}.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def send(url: str, requests: Iterable[bytes], until: int = 0) -> list[httpx2.Response]:
    """Send requests over ten connections, at most up to the first answer of the status `until`."""
    to = httpx2.URL(url)
    waiting = iter(requests)
    answers: list[httpx2.Response] = []

    async def exchange() -> None:
        reader, writer = await asyncio.open_connection(to.host, to.port)
        for raw in waiting:
            writer.write(raw)
            answers.append(await _read(reader))
            if until in (answer.status_code for answer in answers[-CONNECTIONS:]):
                break
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(exchange() for _ in range(CONNECTIONS)))
    return answers


async def _read(reader: asyncio.StreamReader) -> httpx2.Response:
    first, *fields = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    headers = httpx2.Headers(dict(field.split(": ", 1) for field in fields))
    body = await reader.readexactly(int(headers["Content-Length"]))
    return httpx2.Response(int(first.split(" ")[1]), headers=headers, content=body)
