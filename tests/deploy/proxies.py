"""Real proxies with the project's own configuration, in front of real processes, on free ports."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from testbed import free_port, start
from tests.support.lacking import lacking

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
READY_WITHIN_S = 30.0
CADDIES = ("caddy", "caddy_of_compose")
"""Debian's Caddy, which the systemd units start, and that of the compose file, from a wheel."""
PROXIES = ("nginx", *CADDIES)

Edit = Callable[[str], str]
"""Changes a copy of the sample, so that a test need not wait for its longest time."""


@dataclass(slots=True)
class Proxy:
    """A running proxy, and the command that started it. `errors`, `access`: its logs."""

    url: str
    process: subprocess.Popen[bytes]
    errors: Path
    access: Path
    command: list[str]
    environ: Mapping[str, str]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def logged(self) -> str:
        """Return everything that was logged in the proxy's folder."""
        logs = self.access.parent.glob("*.log")
        return "".join(path.read_text("utf-8", "replace") for path in sorted(logs))


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate for 127.0.0.1 that its own key has signed."""

    certificate: Path
    key: Path


def find(name: str) -> str:
    """Return the program if it is installed (`CADDY=…` and so on name another)."""
    if name == "caddy_of_compose":
        return str(Path(sys.executable).with_name("caddy"))
    found = os.environ.get(name.upper()) or shutil.which(name) or shutil.which(f"/usr/sbin/{name}")
    if not found:
        lacking(name)
    return found


def make_certificate(folder: Path) -> Certificate:
    """Make a certificate by openssl."""
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    kind = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "9",
    ]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-out", str(made.certificate), "-keyout", str(made.key)]
    subprocess.run([find("openssl"), *kind, *names, *files], check=True, capture_output=True)
    return made


def unchanged(text: str) -> str:
    """Leave the sample as it is."""
    return text


@contextmanager
def running_caddy(
    folder: Path,
    ingests: list[str],
    gateways: list[str],
    *,
    program: str = "caddy",
    tls: Certificate | None = None,
    edit: Edit = unchanged,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Proxy]:
    """Start Caddy with deploy/caddy/Caddyfile in front of these `host:port`s."""
    caddy = find(program)
    shutil.copytree(DEPLOY / "caddy", folder / "caddy", dirs_exist_ok=True)
    port, access, scheme = free_port(), folder / "access.log", "https" if tls else "http"
    access.touch()
    compose = folder / "caddy/compose.caddy"
    compose.write_text(_found_here(compose.read_text("utf-8"), ingests, gateways), "utf-8")
    for path in (folder / "caddy").iterdir():
        path.write_text(edit(path.read_text("utf-8")), "utf-8")
    sample = folder / "caddy/Caddyfile"
    sample.write_text(_with_certificate(sample.read_text("utf-8"), tls), "utf-8")
    settings = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SITE_ADDRESS": f"{scheme}://127.0.0.1:{port}",
        "CADDY_ADMIN": "off",
        "UPSTREAMS": "local.caddy" if program == "caddy" else "compose.caddy",
        "ACCESS_LOG": f"file {access}",
        "INGEST_UPSTREAMS": " ".join(ingests),
        "GATEWAY_UPSTREAMS": " ".join(gateways),
        **(environ or {}),
    }
    command = [caddy, "run", "--config", str(sample), "--adapter", "caddyfile"]
    yield from _running(folder, command, settings, f"{scheme}://127.0.0.1:{port}", access)


def _found_here(compose: str, *upstreams: list[str]) -> str:
    """Replace Docker's names, that of ingest first, by addresses."""
    for places in upstreams:
        compose = re.sub(r"dynamic a {[^}]*}", f"to {' '.join(places)}", compose, count=1)
    return compose


def _with_certificate(sample: str, tls: Certificate | None) -> str:
    if not tls:
        return sample
    options = f"{{\n\tauto_https disable_redirects\n\thttp_port {free_port()}\n\tskip_install_trust\n"
    site = f"{{$SITE_ADDRESS:localhost}} {{\n\ttls {tls.certificate} {tls.key}\n"
    return sample.replace("{\n", options, 1).replace("{$SITE_ADDRESS:localhost} {\n", site)


@contextmanager
def running_nginx(
    folder: Path, ingest: str, gateway: str, *, tls: Certificate | None = None, edit: Edit = unchanged
) -> Iterator[Proxy]:
    """Start nginx with deploy/nginx/avito-live.conf, with other addresses and other or no certificates."""
    nginx = find("nginx")
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    sample = (DEPLOY / "nginx/avito-live.conf").read_text(encoding="utf-8")
    site = (
        sample.replace("127.0.0.1:8001", ingest)
        .replace("127.0.0.1:8000", gateway)
        .replace("listen 443 ssl;", f"listen 127.0.0.1:{port}{' ssl http2' if tls else ''};")
        .replace("listen [::]:443 ssl;", "")
        .replace("/var/log/nginx/", f"{folder}/")
    )
    for name, path in (
        ("ssl_certificate", tls and tls.certificate),
        ("ssl_certificate_key", tls and tls.key),
    ):
        site = re.sub(rf"\b{name} .*", f"{name} {path};" if path else "", site)
    (folder / "site.conf").write_text(edit(site), encoding="utf-8")
    (folder / "nginx.conf").write_text(
        f"daemon off;\nuser root;\nerror_log {folder}/error.log;\npid {folder}/pid;\nevents {{}}\n"
        f"http {{\n{_temporary(folder)}\ninclude {folder}/site.conf;\n}}\n",
        encoding="utf-8",
    )
    access = folder / "avito-live.log"
    access.touch()
    command = [nginx, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    yield from _running(folder, command, dict(os.environ), url, access)


def running_proxy(
    name: str,
    folder: Path,
    ingest: str,
    gateway: str,
    *,
    tls: Certificate | None = None,
    edit: Edit = unchanged,
) -> AbstractContextManager[Proxy]:
    """Start one of PROXIES in front of one ingest and one gateway."""
    if name == "nginx":
        return running_nginx(folder, ingest, gateway, tls=tls, edit=edit)
    return running_caddy(folder, [ingest], [gateway], program=name, tls=tls, edit=edit)


def _temporary(folder: Path) -> str:
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    return "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)


def _running(
    folder: Path, command: list[str], environ: Mapping[str, str], url: str, access: Path
) -> Iterator[Proxy]:
    errors = folder / "errors.log"
    with errors.open("wb") as log:
        process = start(command, environ, output=log, folder=folder)
    proxy = Proxy(url, process, errors, access, command, environ)
    try:
        _wait(process, proxy.port, errors)
        yield proxy
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
