"""Real proxies with the project's own configuration, in front of real processes, on free ports."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from testbed import free_port, start
from tests.support.lacking import lacking

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
READY_WITHIN_S = 30.0


@dataclass(slots=True)
class Proxy:
    """A running proxy. `errors`: its error log; `access`: its access log."""

    url: str
    process: subprocess.Popen[bytes]
    errors: Path
    access: Path

    def logged(self) -> str:
        """Return everything that was logged."""
        return "".join(path.read_text("utf-8", "replace") for path in (self.errors, self.access))


def find(name: str) -> str:
    """Return the program if it is installed (`CADDY=…` and so on name another)."""
    found = os.environ.get(name.upper()) or shutil.which(name) or shutil.which(f"/usr/sbin/{name}")
    if not found:
        lacking(name)
    return found


@contextmanager
def running_caddy(folder: Path, ingests: list[str], gateways: list[str], **more: str) -> Iterator[Proxy]:
    """Start Caddy with deploy/caddy/Caddyfile in front of these `host:port`s."""
    caddy = find("caddy")
    folder.mkdir(parents=True, exist_ok=True)
    port, access = free_port(), folder / "access.log"
    access.touch()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SITE_ADDRESS": f"http://127.0.0.1:{port}",
        "CADDY_ADMIN": "off",
        "ACCESS_LOG": f"file {access}",
        "INGEST_UPSTREAMS": " ".join(ingests),
        "GATEWAY_UPSTREAMS": " ".join(gateways),
        **more,
    }
    command = [caddy, "run", "--config", str(DEPLOY / "caddy/Caddyfile"), "--adapter", "caddyfile"]
    yield from _running(folder, command, environ, port, access)


@contextmanager
def running_nginx(folder: Path, ingest: str, gateway: str) -> Iterator[Proxy]:
    """Start nginx with deploy/nginx/avito-live.conf, with other addresses and without certificates."""
    nginx = find("nginx")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    sample = (DEPLOY / "nginx/avito-live.conf").read_text(encoding="utf-8")
    site = (
        sample.replace("127.0.0.1:8001", ingest)
        .replace("127.0.0.1:8000", gateway)
        .replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
        .replace("/var/log/nginx/", f"{folder}/")
    )
    kept = (
        line for line in site.splitlines() if not line.strip().startswith(("ssl_", "listen [::]", "http2"))
    )
    (folder / "site.conf").write_text("\n".join(kept), encoding="utf-8")
    (folder / "nginx.conf").write_text(
        f"daemon off;\nerror_log {folder}/error.log;\npid {folder}/pid;\nevents {{}}\n"
        f"http {{\n{_temporary(folder)}\ninclude {folder}/site.conf;\n}}\n",
        encoding="utf-8",
    )
    access = folder / "avito-live.log"
    access.touch()
    command = [nginx, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    yield from _running(folder, command, dict(os.environ), port, access)


def _temporary(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)


def _running(
    folder: Path, command: list[str], environ: Mapping[str, str], port: int, access: Path
) -> Iterator[Proxy]:
    errors = folder / "errors.log"
    with errors.open("wb") as log:
        process = start(command, environ, output=log, folder=folder)
    try:
        _wait(process, port, errors)
        yield Proxy(f"http://127.0.0.1:{port}", process, errors, access)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


def _wait(process: subprocess.Popen[bytes], port: int, errors: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, errors.read_text()
            assert time.monotonic() < deadline, errors.read_text()
            time.sleep(0.02)
        else:
            return
