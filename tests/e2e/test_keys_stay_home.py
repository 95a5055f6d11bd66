"""Only the worker and the scripts ever hold the keys of the Avito account."""

import re
from pathlib import Path

import pytest

from avito_live import PROJECT
from testbed import running_system
from tests.push_gateway.panel import Panel

pytestmark = pytest.mark.anyio
NAMES = ("AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET", "AVITO_USER_ID")
DOORS = ("services/ingest/ingest", "services/push-gateway/push_gateway")


async def test_ingest_and_gateway_do_their_work_without_avitos_keys(
    tmp_path: Path, anyio_backend: str
) -> None:
    none = dict.fromkeys(NAMES, "")
    async with running_system(tmp_path) as system:
        await system.start("worker")
        await system.start("ingest", "gateway", **none)
        await system.avito.subscribe(system.webhook_url)
        async with Panel.at(system.url("gateway")) as panel:
            await panel.log_in()
            async with panel.socket() as socket:
                chat = await system.avito.chat()
                message = await system.avito.write(chat, "hello")

                heard = await socket.read_type("message")

        for part in ("ingest", "gateway"):
            assert b"sim-secret" not in _environment_of(system.part(part).running.pid)
    assert heard["message"]["id"] == message


def _environment_of(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def test_no_log_line_of_ingest_or_gateway_has_avitos_keys() -> None:
    for folder in DOORS:
        for file in (PROJECT / folder).rglob("*.py"):
            assert not re.search("|".join(NAMES), file.read_text()), file


def test_nothing_is_ever_unpickled() -> None:
    for folder in ("services", "shared", "scripts"):
        for file in (PROJECT / folder).rglob("*.py"):
            assert not re.search(
                r"^\s*(import|from) (pickle|marshal|shelve|dill)\b", file.read_text(), re.MULTILINE
            )
