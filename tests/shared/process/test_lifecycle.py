"""A service manager learns that a service has started, also of one that waits for what is away."""

import asyncio
import os
import socket
from collections.abc import Mapping

import pytest

from shared.process import lifecycle
from testbed import meanwhile

pytestmark = pytest.mark.anyio


async def test_no_start_waits_for_ever_for_a_redis_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    is_ready = asyncio.Event()

    async def ready() -> Mapping[str, object]:
        return {"ready": is_ready.is_set()}

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.settimeout(20)
        name = f"avito-live-test-{os.getpid()}"
        systemd.bind(f"\0{name}")
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        monkeypatch.setattr(lifecycle, "READY_WITHIN_S", 0.1)
        async with meanwhile(lifecycle.notify_when_ready(ready)):
            assert (
                await asyncio.to_thread(systemd.recv, 1000)
                == b"READY=1\nSTATUS=not ready yet: /readyz says why"
            )
            is_ready.set()
            assert await asyncio.to_thread(systemd.recv, 1000) == b"READY=1\nSTATUS=ready"
