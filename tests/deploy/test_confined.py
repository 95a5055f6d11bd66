"""Each service works under what its unit allows: calls, files, address families, no capability."""

import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from shared.settings import VARIABLES
from testbed import PASSWORD, SECRET, System, running_system, until
from tests.deploy import units
from tests.push_gateway.panel import PATH, Panel
from tests.support.lacking import lacking

pytestmark = pytest.mark.anyio

WRAPPER = Path(__file__).with_name("confined.py")
UNITS = dict(zip(("ingest", "worker", "gateway"), units.SERVICES, strict=True))


@pytest.fixture
async def confined(tmp_path: Path, anyio_backend: str) -> AsyncIterator[System]:
    if not may_mount():
        pytest.skip("only root may mount, and not in every container")
    if not shutil.which("systemd-analyze"):
        lacking("systemd-analyze")
    state = tmp_path / "state"
    state.mkdir()
    async with running_system(tmp_path, environ={"SPOOL_DIR": str(state / "spool")}) as system:
        for name, unit in UNITS.items():
            wrapped = sys.executable, str(WRAPPER), unit, str(state)
            credentials = pass_credentials(tmp_path / name, unit, system.environment)
            system.part(name).launch(without_secrets(system.environment) | credentials, wrap=wrapped)
        for name in UNITS:
            await system.part(name).ready()
        yield system


def may_mount() -> bool:
    return subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode == 0


def pass_credentials(folder: Path, unit: str, values: Mapping[str, str]) -> dict[str, str]:
    """Write what the unit loads, as systemd does, with its default for what is not there."""
    folder.mkdir()
    for line in units.read(unit)["LoadCredential"]:
        name = line.partition(":")[0]
        (folder / name).write_text(values.get(name, "\n"))
    return {"CREDENTIALS_DIRECTORY": str(folder)}


def without_secrets(values: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value for name, value in values.items() if name not in VARIABLES or not VARIABLES[name].secret
    }


def environ_of(system: System, name: str) -> str:
    return Path(f"/proc/{system.part(name).running.pid}/environ").read_text("utf-8")


def png() -> bytes:
    data = BytesIO()
    Image.new("RGB", (40, 30)).save(data, "PNG")
    return data.getvalue()


async def has_sent(panel: Panel, chat: str, *types: str) -> bool:
    messages = (await panel.get(f"api/chats/{chat}/messages"))["messages"]
    return {message["type"] for message in messages if message["direction"] == "out"} == set(types)


async def test_each_service_does_its_work_and_ends_under_what_its_unit_allows(confined: System) -> None:
    await confined.avito.subscribe(confined.webhook_url)
    async with Panel.at(confined.url("gateway")) as panel:
        assert (await panel.log_in()).status_code == 303
        async with panel.socket() as socket:
            chat = await confined.avito.chat()
            message = await confined.avito.write(chat, "через запреты")
            assert (await socket.read_type("message"))["message"]["id"] == message
            await panel.post(f"chats/{chat}/messages", ref="r-1", text="Да, отдам")
            picture = {"image": ("a.png", png(), "image/png")}
            await panel.http.post(f"{PATH}api/chats/{chat}/images", files=picture, data={"ref": "r-2"})
            await until(lambda: has_sent(panel, chat, "text", "image"))
    shown = [environ_of(confined, name) for name in UNITS]
    await confined.stop("redis")
    spooled = await confined.http.post(confined.webhook_url, content=b"{}")
    figures = [(await confined.http.get(f"{confined.url(name)}/metrics")).text for name in UNITS]
    await confined.stop(*UNITS)

    assert [SECRET in text or PASSWORD in text for text in shown] == [False] * 3
    assert spooled.status_code == 200
    assert list((confined.folder / "state/spool").glob("**/*"))
    assert ["process_resident_memory_bytes" in text for text in figures] == [True] * 3
    assert [confined.part(name).running.returncode for name in UNITS] == [0] * 3
    assert [name for name in UNITS if "not permitted" in confined.part(name).log.read_text("utf-8")] == []
