"""Changes of the webhook's secret by the owner's command, without a restart."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chaos.stage import Stage

_COMMAND = Path(__file__).resolve().parents[2] / "setup_avito_webhook.py"
_ENDS_WITHIN_S = 120.0


@asynccontextmanager
async def rotated(stage: Stage, times: int) -> AsyncIterator[None]:
    """Change the secret `times` times; the services were started with the first one."""
    home = stage.system.folder / "owner"
    if not home.exists():
        home.mkdir()
        lines = [f"{name}={value}\n" for name, value in stage.system.settings.items()]
        (home / ".env").write_text("".join(lines))
    for _ in range(times):
        done = await asyncio.to_thread(_rotate, home)
        if done.returncode:
            stage.notes.append(f"rotate-secret failed: {done.stdout}{done.stderr}")
        await asyncio.sleep(stage.chance.uniform(0.2, 1.0))
    yield


def _rotate(home: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(_COMMAND), "rotate-secret", "--yes", "--lang", "en"],
        env={"PATH": os.environ["PATH"], "AVITO_LIVE_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_ENDS_WITHIN_S,
        check=False,
    )
