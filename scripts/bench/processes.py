"""Runs the real services, and their peers, as processes on free ports in a temporary folder."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import redis

from avito_live.runner import embedded_redis
from avito_live.runner.parts import KINDS
from avito_live.runner.ports import free_port, why_not
from avito_live.runner.process import start

ACCOUNT = 301200100
SECRET = "bench-secret-8dK2mQx4vTz"  # noqa: S105  # opens nothing but processes on loopback
USERNAME, PASSWORD = "bench", "bench-Kettle-5518"
WEBHOOK = f"/admin/avito/webhook/{SECRET}"
_READY_WITHIN_S = 60.0
_ENDS_WITHIN_S = 12.0
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


class StartError(Exception):
    """A process does not start; the message ends with its log."""


@dataclass(slots=True)
class Process:
    """One process that is measured."""

    name: str
    port: int
    popen: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used, in clock ticks (10 ms)."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident_bytes(self) -> int:
        """Return its resident memory."""
        return int(self._proc("statm").split()[1]) * _PAGE

    def end(self) -> None:
        """End it cleanly, or kill it if it does not end in time."""
        if self.popen.poll() is None:
            self.popen.terminate()
        try:
            self.popen.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """Kill it."""
        self.popen.kill()
        self.popen.wait(_ENDS_WITHIN_S)

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.popen.pid}/{name}").read_text(encoding="utf-8")


@dataclass(slots=True)
class Processes:
    """The running processes. `environ` is added to the environment of every service."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)
    redis_port: int = field(default_factory=free_port)
    ports: dict[str, int] = field(default_factory=dict)
    running: list[Process] = field(default_factory=list)

    @property
    def redis_url(self) -> str:
        """The URL of our Redis."""
        return f"redis://127.0.0.1:{self.redis_port}/0"

    def url(self, name: str) -> str:
        """Return the URL of a service, which may not be started yet."""
        return f"http://127.0.0.1:{self._port(name)}"

    def redis(self, on_disk: str = "yes") -> Process:
        """Start a Redis as `make run` does: everything on disk within a second, unless `on_disk` is "no"."""
        folder = self.folder / f"redis-{self.redis_port}"
        folder.mkdir(exist_ok=True)
        _, program = embedded_redis.choose(folder)
        command = [program, "--port", str(self.redis_port), "--dir", str(folder), "--bind", "127.0.0.1"]
        command += ["--save", "", "--appendonly", on_disk, "--appendfsync", "everysec"]
        process = self.launch("redis", command, self.redis_port)
        self._wait(process, self._redis_answers)
        return process

    def service(self, name: str, **more: str) -> Process:
        """Start a service (`worker-2` is a second worker) and wait until it is ready."""
        kind = name.partition("-")[0]
        port = self._port(name)
        environ = self._service_environ() | self.environ | more | {KINDS[kind].port: str(port)}
        process = self.launch(name, [sys.executable, "-m", KINDS[kind].module], port, environ)
        path = "livez" if kind == "simulator" else "readyz"
        self._wait(process, lambda: _answers(f"{process.url}/{path}"))
        return process

    def http_peer(self, module: str, *arguments: str) -> Process:
        """Start a floor or peer that serves HTTP, with a port and the arguments, and wait for it."""
        process = self.peer(module, str(port := free_port()), *arguments, port=port)
        self._wait(process, lambda: _answers(f"{process.url}/livez"))
        return process

    def peer(self, module: str, *arguments: str, port: int = 0) -> Process:
        """Start a floor or peer without waiting for it."""
        command = [sys.executable, "-m", f"bench.{module}", *arguments]
        return self.launch(module.rpartition(".")[2], command, port)

    def line_peer(self, module: str, *arguments: str) -> Process:
        """Start a floor or peer that takes messages on the port above its own."""
        process = self.peer(module, str(port := two_free_ports()), *arguments, port=port)
        self.wait_port(process)
        return process

    def wait_port(self, process: Process) -> None:
        """Wait until the process listens on its port."""
        self._wait(process, lambda: _listens(process.port))

    def launch(
        self, name: str, command: Sequence[str], port: int = 0, environ: Mapping[str, str] | None = None
    ) -> Process:
        """Start any program without waiting for it."""
        log = self.folder / f"{name}.log"
        with log.open("ab") as out:
            popen = start(command, environ or _inherited(), output=out, folder=self.folder)
        process = Process(name, port, popen, log)
        self.running.append(process)
        return process

    def end(self, *processes: Process) -> None:
        """End these processes cleanly."""
        for process in processes:
            process.end()
            self.running.remove(process)

    def close(self) -> None:
        """End all processes, the last one first."""
        for process in reversed(self.running):
            process.end()
        self.running.clear()

    def _port(self, name: str) -> int:
        if name not in self.ports:
            self.ports[name] = free_port()
        return self.ports[name]

    def _service_environ(self) -> dict[str, str]:
        return _inherited() | {
            "AVITO_CLIENT_ID": "sim-client",
            "AVITO_CLIENT_SECRET": "sim-secret",
            "AVITO_USER_ID": str(ACCOUNT),
            "AVITO_API_URL": self.url("simulator"),
            "AVITO_RPM": "100000",
            "WEBHOOK_SECRET": SECRET,
            "WEBHOOK_URL": f"{self.url('ingest')}{WEBHOOK}",
            "REDIS_URL": self.redis_url,
            "SPOOL_DIR": str(self.folder / "spool"),
            "ADMIN_USERNAME": USERNAME,
            "ADMIN_PASSWORD": PASSWORD,
            "SESSION_SECRET": "bench-session-Yp3vQ8sLk1Wd6Zr0",
            "SIM_STATE_FILE": str(self.folder / "simulator.json"),
        }

    def _redis_answers(self) -> bool:
        try:
            with redis.Redis(port=self.redis_port, socket_timeout=2) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def _wait(self, process: Process, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _READY_WITHIN_S
        while not ready():
            if process.popen.poll() is not None or time.monotonic() > deadline:
                words = process.log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise StartError(f"{process.name} did not start:\n{words}")
            time.sleep(0.05)


@contextmanager
def open_processes(**environ: str) -> Iterator[Processes]:
    """Yield a group of processes in a temporary folder; all of them end with the block."""
    folder = Path(tempfile.mkdtemp(prefix="avito-live-bench-"))
    processes = Processes(folder, environ)
    try:
        yield processes
    finally:
        processes.close()
        shutil.rmtree(folder, ignore_errors=True)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


def two_free_ports() -> int:
    """Return the first of two adjacent ports that are free."""
    while why_not("127.0.0.1", (port := free_port()) + 1) is not None:
        continue
    return port


def _inherited() -> dict[str, str]:
    names = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return kept | {"PYTHONUNBUFFERED": "1"}
