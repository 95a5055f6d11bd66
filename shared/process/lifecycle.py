"""Tells the service manager that this process is ready, and all who ask that it ends (sd_notify, /readyz)."""

import asyncio
import os
import socket
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

READY_WITHIN_S = 10.0
"""What is not ready by then waits for Redis or migrates its data: it has started, and is not waited for."""
_EVERY_S = 0.05

_ending = threading.Event()


def is_ending() -> bool:
    """Tell whether this process was told to end."""
    return _ending.is_set()


def begin_ending() -> None:
    """Say that this process ends: from now on it is not ready."""
    if not is_ending():
        _ending.set()
        notify("STOPPING=1")


async def notify_when_ready(ready: Callable[[], Awaitable[Mapping[str, object]]]) -> None:
    """Tell the service manager that the service has started: when `ready` says so, or READY_WITHIN_S on."""
    if "NOTIFY_SOCKET" not in os.environ:
        return
    try:
        async with asyncio.timeout(READY_WITHIN_S):
            await _until(ready)
    except TimeoutError:
        notify("READY=1\nSTATUS=not ready yet: /readyz says why")
        await _until(ready)
    notify("READY=1\nSTATUS=ready")


async def _until(ready: Callable[[], Awaitable[Mapping[str, object]]]) -> None:
    while True:
        if (await ready()).get("ready"):
            return
        await asyncio.sleep(_EVERY_S)


def notify(state: str) -> None:
    """Send a state to the service manager, where one listens (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        name = f"\0{address[1:]}" if address.startswith("@") else address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.sendto(state.encode(), name)
