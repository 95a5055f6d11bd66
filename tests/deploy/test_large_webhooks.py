"""A webhook that is too large is told so, in every form and protocol, and reaches no ingest."""

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.proxies import PROXIES, Proxy, make_certificate, running_proxy
from tests.deploy.recording_upstream import recording_upstream

pytestmark = pytest.mark.anyio

WEBHOOK = "/admin/avito/webhook/secret"
SIZES = (700_000, 2_000_000)
SENDER = Path(__file__).with_name("senders") / "large.mjs"


def by_http2(proxy: Proxy, size: int, form: str) -> str:
    command = ["node", str(SENDER), f"{proxy.url}{WEBHOOK}", str(size), form]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False).stdout.strip()


def by_http1(proxy: Proxy, size: int, *lines: str) -> str:
    command = [
        "curl",
        "--silent",
        "--insecure",
        "--http1.1",
        "--max-time",
        "20",
        "--write-out",
        "%{http_code}",
    ]
    headers = [word for line in lines for word in ("--header", line)]
    sent = [*headers, "--data-binary", "@-", "--output", "/dev/null", f"{proxy.url}{WEBHOOK}"]
    done = subprocess.run([*command, *sent], input=b"x" * size, capture_output=True, check=False)
    return done.stdout.decode()


@pytest.mark.parametrize("name", PROXIES)
async def test_a_webhook_that_is_too_large_is_413_by_http_1_and_2(tmp_path: Path, name: str) -> None:
    async with recording_upstream() as upstream:
        certificate = make_certificate(tmp_path)
        with running_proxy(name, tmp_path, upstream.place, upstream.place, tls=certificate) as proxy:
            answers = await asyncio.to_thread(all_forms, proxy)

    assert answers == dict.fromkeys(answers, "413")
    assert upstream.bodies == []


def all_forms(proxy: Proxy) -> dict[tuple[str, int], str]:
    chunked, expecting = "Transfer-Encoding: chunked", "Expect: 100-continue"
    told = {("1 chunked", SIZES[0]): by_http1(proxy, SIZES[0], chunked, "Expect:")}
    for size in SIZES:
        told["1 sized", size] = by_http1(proxy, size, "Expect:")
        told["1 expecting", size] = by_http1(proxy, size, expecting)
        if shutil.which("node"):  # .ci/run does not install it
            told["2 sized", size] = by_http2(proxy, size, "sized")
            told["2 open", size] = by_http2(proxy, size, "open")
    return told
