"""The shipped Caddyfile in a real Caddy, in front of several real ingests and gateways."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from testbed import SECRET, System, free_port, until
from tests.deploy.conftest import places
from tests.deploy.proxies import CADDIES, Proxy, running_caddy
from tests.push_gateway.panel import Panel

pytestmark = pytest.mark.anyio

WEBHOOK = f"/admin/avito/webhook/{SECRET}"
NOBODY = ["127.0.0.1:1"]
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\nconnection: close\r\n\r\n" + b'{"ok":true}'


def in_front_of(several: System, folder: Path) -> AbstractContextManager[Proxy]:
    return running_caddy(folder, places(several, "ingest"), places(several, "gateway"))


async def test_messages_reach_sockets_through_the_proxy_at_every_gateway(
    several: System, tmp_path: Path
) -> None:
    with in_front_of(several, tmp_path) as proxy:
        await several.avito.subscribe(f"{proxy.url}{WEBHOOK}")
        async with Panel.at(proxy.url) as panel:
            assert (await panel.log_in()).status_code == 303
            async with panel.socket() as one, panel.socket() as two, panel.socket() as three:
                sockets = (one, two, three)
                for socket in sockets:
                    assert (await socket.read())["type"] == "hello"
                chat = await several.avito.chat()
                message = await several.avito.write(chat, "через прокси")

                heard = [(await socket.read_type("message"))["message"]["id"] for socket in sockets]
                spread = [(await several.http.get(f"{url}/metrics")).text for url in gateways(several)]

    assert heard == [message] * 3
    assert all("avito_live_gateway_clients 0.0" not in text for text in spread)


def gateways(several: System) -> list[str]:
    return [f"http://{place}" for place in places(several, "gateway")]


async def test_ingests_are_replaced_one_after_the_other_and_no_webhook_is_refused(
    several: System, tmp_path: Path
) -> None:
    outcomes: list[int] = []
    over = asyncio.Event()

    async def post() -> None:
        while not over.is_set():
            outcomes.append((await several.http.post(f"{proxy.url}{WEBHOOK}", content=b"{}")).status_code)
            await asyncio.sleep(0.01)

    with in_front_of(several, tmp_path) as proxy:
        posters = [asyncio.create_task(post()) for _ in range(4)]
        for name in ("ingest", "ingest-2", "ingest"):
            enough = len(outcomes) + 50
            while len(outcomes) < enough:  # noqa: ASYNC110 - the posters set no event
                await asyncio.sleep(0.01)
            await several.restart(name)
        over.set()
        await asyncio.gather(*posters)

    assert len(outcomes) > 150
    assert set(outcomes) == {200}


async def test_a_login_that_finds_no_gateway_is_held_until_there_is_one(
    several: System, tmp_path: Path
) -> None:
    await several.stop("gateway-2")
    with running_caddy(tmp_path, NOBODY, places(several, "gateway")[1:]) as proxy:
        await until(lambda: is_refused(proxy))  # Caddy knows that it is not healthy
        async with Panel.at(proxy.url) as panel:
            answer, _ = await asyncio.gather(panel.log_in(), several.start("gateway-2"))

    assert answer.status_code == 303


async def is_refused(proxy: Proxy) -> bool:
    """Whether Caddy answers a POST that it does not hold at once."""
    async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
        return (await http.post(f"{proxy.url}/admin/avito/logout")).status_code == 503


async def test_only_the_public_paths_are_open(several: System, tmp_path: Path) -> None:
    with in_front_of(several, tmp_path) as proxy:
        base = proxy.url
        closed = ["/metrics", "/livez", "/readyz", "/admin", "/admin/avitox", "/.env", "/admin/../metrics"]
        answers = [(await several.http.get(f"{base}{path}")).status_code for path in closed]
        status = await several.http.get(f"{base}/admin/avito/webhook/status")
        login = await several.http.get(f"{base}/admin/avito/login")
        home = await several.http.get(base)

    assert answers == [404] * len(closed)
    assert status.json()["status"] in {"ok", "degraded"}
    assert login.status_code == 200
    assert home.headers["location"] == "/admin/avito/"


async def test_the_address_of_the_browser_gets_through_and_cannot_be_made_up(
    several: System, tmp_path: Path
) -> None:
    with in_front_of(several, tmp_path) as proxy:
        async with Panel.at(proxy.url) as panel:
            forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
            answer = await panel.log_in(**forged)

    assert answer.status_code == 303
    assert "secure" not in answer.headers["set-cookie"].lower()


async def test_a_request_without_bound_is_cut_at_the_proxy(several: System, tmp_path: Path) -> None:
    with in_front_of(several, tmp_path) as proxy:
        sizes = (300_000, 600_000)  # the first one reaches ingest
        large = [await several.http.post(f"{proxy.url}{WEBHOOK}", content=b"x" * size) for size in sizes]
        head = await several.http.get(f"{proxy.url}/admin/avito/login", headers={"x": "x" * 100_000})

    assert [answer.status_code for answer in large] == [413, 413]
    assert head.status_code == 431


async def ingest_that_comes_late(port: int, after_s: float, got: list[bytes]) -> asyncio.Server:
    """Listen after a delay, answer every request with 200, and keep its last bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        is_chunked = b"chunked" in head.lower()
        body = (
            b""
            if b"POST" not in head
            else await (reader.readuntil(b"0\r\n\r\n") if is_chunked else reader.read(99))
        )
        got.append(head.split(b" ")[1] + b" " + body)
        writer.write(ANSWER)
        await writer.drain()
        writer.close()

    await asyncio.sleep(after_s)
    return await asyncio.start_server(serve, "127.0.0.1", port)


async def in_chunks(body: bytes) -> AsyncIterator[bytes]:
    """Yield a body whose length is not told."""
    yield body


@pytest.mark.parametrize(
    ("program", "is_chunked"), [(CADDIES[0], False), (CADDIES[1], False), (CADDIES[1], True)]
)
async def test_a_webhook_that_finds_no_ingest_is_held_and_sent_whole_once_there_is_one(
    tmp_path: Path, program: str, is_chunked: bool
) -> None:
    port, got, body = free_port(), list[bytes](), b'{"a":1}'
    with running_caddy(tmp_path, [f"127.0.0.1:{port}"], NOBODY, program=program) as proxy:
        async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
            coming = asyncio.create_task(ingest_that_comes_late(port, 0.4, got))
            began = time.monotonic()
            content = in_chunks(body) if is_chunked else body
            answer = await http.post(f"{proxy.url}{WEBHOOK}", content=content)
            held = time.monotonic() - began
            (await coming).close()

    assert answer.status_code == 200
    assert held > 0.35
    sent = b"7\r\n%b\r\n0\r\n\r\n" % body if is_chunked else body
    assert [line for line in got if b"livez" not in line] == [f"{WEBHOOK} ".encode() + sent]


async def test_a_webhook_is_held_for_a_second_and_a_half_and_its_secret_never_logged(tmp_path: Path) -> None:
    with running_caddy(tmp_path, NOBODY, NOBODY) as proxy:
        async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
            began = time.monotonic()
            answer = await http.post(f"{proxy.url}{WEBHOOK}?{SECRET[:4]}", content=b"{}")
            held = time.monotonic() - began
            await until(lambda: masked(proxy))

    assert answer.status_code in {502, 503}
    assert held >= 1.4
    assert SECRET not in proxy.logged()


def masked(proxy: Proxy) -> bool:
    """Wait until the error and the access log have the request."""
    return all("/admin/avito/webhook/***" in log.read_text("utf-8") for log in (proxy.errors, proxy.access))


async def test_a_reload_closes_no_websocket_of_the_compose_file(tmp_path: Path) -> None:
    more = {"CADDY_ADMIN": f"127.0.0.1:{free_port()}"}
    async with serve(echo, "127.0.0.1", 0) as gateway:
        place = f"127.0.0.1:{next(iter(gateway.sockets)).getsockname()[1]}"
        with running_caddy(tmp_path, NOBODY, [place], program="caddy_of_compose", environ=more) as proxy:
            async with connect(f"ws://127.0.0.1:{proxy.port}/admin/avito/ws", proxy=None) as socket:
                await reload(proxy, more["CADDY_ADMIN"])
                await socket.send("still here")
                heard = await socket.recv()

    assert heard == "still here"


def hasten(sample: str) -> str:
    """Let every time that Caddy gives a client be a fifth of a second."""
    return re.sub(r"(read_header|read_body|idle) \d+s", r"\1 200ms", sample)


@pytest.mark.parametrize("program", CADDIES)
async def test_a_websocket_is_silent_for_longer_than_any_time_that_a_request_has(
    tmp_path: Path, program: str
) -> None:
    async with serve(echo, "127.0.0.1", 0, process_request=answer_livez) as gateway:
        place = f"127.0.0.1:{next(iter(gateway.sockets)).getsockname()[1]}"
        with running_caddy(tmp_path, NOBODY, [place], program=program, edit=hasten) as proxy:
            async with connect(f"ws://127.0.0.1:{proxy.port}/admin/avito/ws", proxy=None) as socket:
                await asyncio.sleep(1)  # five times as long as Caddy would wait
                await socket.send("still here")
                heard = await socket.recv()

    assert heard == "still here"


def answer_livez(connection: ServerConnection, request: Request) -> Response | None:
    """Answer the health check, so that Caddy sends sockets here."""
    return connection.respond(200, "") if request.path == "/livez" else None


async def echo(socket: ServerConnection) -> None:
    """Send back what comes."""
    async for message in socket:
        await socket.send(message)


async def reload(proxy: Proxy, admin: str) -> None:
    """Reload as `systemctl reload caddy` does, with the changed configuration."""
    program, _, *given = proxy.command
    command = [program, "reload", *given, "--address", admin, "--force"]
    ended = await asyncio.create_subprocess_exec(*command, env=proxy.environ, stderr=asyncio.subprocess.PIPE)
    _, said = await ended.communicate()
    assert ended.returncode == 0, said


@pytest.mark.parametrize("program", CADDIES)
@pytest.mark.parametrize("wanted", ["stdout", "file {folder}/wanted.log"])
async def test_the_access_log_is_written_where_it_is_wanted(
    tmp_path: Path, program: str, wanted: str
) -> None:
    more = {"ACCESS_LOG": wanted.format(folder=tmp_path)}
    with running_caddy(tmp_path, NOBODY, NOBODY, program=program, environ=more) as proxy:
        log = proxy.errors if wanted == "stdout" else tmp_path / "wanted.log"
        async with httpx2.AsyncClient(trust_env=False, timeout=20) as http:
            await http.get(proxy.url)
            await until(lambda: '"handled request"' in log.read_text("utf-8"))
