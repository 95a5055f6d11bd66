"""A Redis that speaks TLS alone."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from testbed import find_binary, free_port
from tests.deploy.proxies import find


@contextmanager
def tls_redis(folder: Path) -> Iterator[str]:
    """Yield the URL of a Redis with TLS only and its own certificate, which the URL names as trusted."""
    openssl, port = find("openssl"), free_port()
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")),
        ],
        capture_output=True,
        check=True,
    )
    files = ("--tls-cert-file", str(folder / "cert.pem"), "--tls-key-file", str(folder / "key.pem"))
    command = [find_binary(), "--port", "0", "--tls-port", str(port), "--tls-auth-clients", "no", *files]
    process = subprocess.Popen([*command, "--dir", str(folder), "--save", ""], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        said = b""
        while b"Ready to accept connections" not in said:
            line = process.stdout.readline()
            said += line
            if not line:
                pytest.skip("this redis-server has no TLS")
        yield f"rediss://127.0.0.1:{port}/0?ssl_ca_certs={folder / 'cert.pem'}"
    finally:
        process.kill()
        process.communicate()
