"""Webhooks of senders in other languages arrive once and are answered 200: straight, by nginx, by Caddy."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from testbed import SECRET, System, running_system
from tests.deploy.proxies import find, make_certificate, running_proxy
from tests.support.webhook_forms import until_shown, webhook

pytestmark = pytest.mark.anyio

FOLDER = Path(__file__).parent / "senders"
WITHIN_S = 100


@dataclass(frozen=True, slots=True)
class Sender:
    """A program of tests/deploy/senders and the forms that it knows."""

    command: tuple[str, ...]
    forms: str


SENDERS = {
    "go": Sender(("go", "run", "sender.go"), "one one-chunked one-expect two two-chunked two-expect"),
    # Without `client-expect`: over HTTP/2 Java 17 waits for ever by itself (JDK-8286171, JDK-8324209).
    "java": Sender(
        ("java", "-XX:TieredStopAtLevel=1", "Sender.java"),
        "client client-chunked client-1.1 client-1.1-chunked client-1.1-expect "
        "connection connection-chunked connection-expect",
    ),
    "node": Sender(
        ("node", "sender.mjs"), "fetch fetch-chunked http http-chunked http-expect http-chunked-expect"
    ),
    "php": Sender(("php", "sender.php"), "stream-1.0 stream-1.1"),
    "python": Sender(
        (sys.executable, "sender.py"),
        "urllib urllib-chunked http.client http.client-chunked requests requests-chunked "
        "httpx2 httpx2-chunked",
    ),
    "curl": Sender(("sh", "sender.sh"), "plain http1.0 http2 expect chunked chunked-expect"),
}
INSTALLED_BY_CI = {"php", "curl"}


@pytest.fixture(scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[System]:
    folder = tmp_path_factory.mktemp("senders")
    async with running_system(folder, "ingest", "worker", simulator=False) as running:
        yield running


@pytest.fixture(scope="module")
def addresses(system: System) -> Iterator[dict[str, str]]:
    """The webhook's address straight at ingest, and behind each proxy, by https."""
    ingest = system.url("ingest").removeprefix("http://")
    found, certificate = {"straight": system.url("ingest")}, make_certificate(system.folder)
    with ExitStack() as stack:
        for name in ("nginx", "caddy"):
            proxy = running_proxy(name, system.folder / name, ingest, ingest, tls=certificate)
            found[name] = stack.enter_context(proxy).url
        yield {name: f"{url}/admin/avito/webhook/{SECRET}" for name, url in found.items()}


@pytest.mark.parametrize("language", SENDERS)
async def test_every_form_of_a_sender_arrives_once_and_is_answered_200(
    system: System, addresses: dict[str, str], language: str
) -> None:
    needs(language)
    sender, chat, before = SENDERS[language], f"u2i-{language}", await accepted(system)
    lines = {
        f"{language}-{form}-{name}": f"{form}\t{language}-{form}-{name}\t{url}\t"
        for form in sender.forms.split()
        for name, url in addresses.items()
    }

    told = await asyncio.to_thread(
        run, sender.command, "".join(f"{line}{webhook(i, chat).decode()}\n" for i, line in lines.items())
    )

    assert told == dict.fromkeys(lines, "200")
    await until_shown(system, set(lines), chat)
    assert await accepted(system) - before == len(lines)


def needs(language: str) -> None:
    """Skip where a runtime that `.ci/run` does not install is missing."""
    if language in INSTALLED_BY_CI:
        find(language)
    elif language != "python" and not shutil.which(language):
        pytest.skip(f"{language} is not installed")


def run(command: tuple[str, ...], lines: str) -> dict[str, str]:
    """Run a sender; return the status of each message by its id."""
    environ = os.environ | {"NODE_TLS_REJECT_UNAUTHORIZED": "0", "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        command,
        input=lines,
        capture_output=True,
        text=True,
        check=False,
        cwd=FOLDER,
        timeout=WITHIN_S,
        env=environ,
    )
    assert done.returncode == 0, done.stderr
    return dict(line.split("\t") for line in done.stdout.splitlines())


async def accepted(system: System) -> float:
    """Return how many webhooks ingest has taken."""
    text = (await system.http.get(f"{system.url('ingest')}/metrics")).text
    counts = [line for line in text.splitlines() if line.startswith("avito_live_ingest_ack_seconds_count")]
    return sum(float(line.split()[-1]) for line in counts)
