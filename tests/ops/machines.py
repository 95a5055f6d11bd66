"""Machines for tests: network namespaces with their own addresses, connected by a bridge."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from testbed import SystemPart

HUB = "10.213.77.1"
_BRIDGE = "avl-hub"


@dataclass(slots=True)
class Machine:
    """One namespace. Every machine uses the same ports, as real ones do."""

    name: str
    address: str
    folder: Path
    parts: list[SystemPart] = field(default_factory=list)

    def start(self, name: str, port: int, environ: Mapping[str, str]) -> SystemPart:
        """Start a service on the machine."""
        part = SystemPart(name, self.folder / f"{name}.log", port, self.address)
        part.launch(environ, wrap=("ip", "netns", "exec", self.name))
        self.parts.append(part)
        return part

    def cut(self) -> None:
        """Disconnect the machine from the network."""
        _ip("link", "set", f"{self.name}-wire", "down")

    def close(self) -> None:
        """End its services."""
        for part in self.parts:
            part.close()


@contextmanager
def machines(folder: Path, *names: str) -> Iterator[list[Machine]]:
    """Yield machines; skip the test where namespaces cannot be made."""
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("network namespaces need root and `ip`")
    made = [
        Machine(f"avl-{name}", f"10.213.77.{10 + number}", folder / name) for number, name in enumerate(names)
    ]
    try:
        try:
            _wire(made)
        except subprocess.CalledProcessError as error:
            pytest.skip(f"network namespaces cannot be made here: {error.stderr.decode().strip()}")
        yield made
    finally:
        for machine in made:
            machine.close()
            _drop("link", "del", f"{machine.name}-wire")
            _drop("netns", "del", machine.name)
        _drop("link", "del", _BRIDGE)


def _wire(made: list[Machine]) -> None:
    _ip("link", "add", _BRIDGE, "type", "bridge")
    _ip("address", "add", f"{HUB}/24", "dev", _BRIDGE)
    _ip("link", "set", _BRIDGE, "up")
    for machine in made:
        wire = f"{machine.name}-wire"
        _ip("netns", "add", machine.name)
        _ip("link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", machine.name)
        _ip("link", "set", wire, "master", _BRIDGE, "up")
        _ip("-n", machine.name, "address", "add", f"{machine.address}/24", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", machine.name, "link", "set", device, "up")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], capture_output=True, check=True)


def _drop(*words: str) -> None:
    """Remove something, if it exists."""
    subprocess.run(["ip", *words], capture_output=True, check=False)
