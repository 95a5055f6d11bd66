"""Environment: each service starts from its own variables alone, in any folder, and ends when told to."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import redis

from testbed import RedisServer, free_port

READY_WITHIN_S = 60.0
NEEDS = {
    "ingest": {"WEBHOOK_SECRET": "s-7Hq2mWv9xTzK4bRn"},
    "worker": {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "secret", "AVITO_USER_ID": "301200100"},
    "push_gateway": {
        "SESSION_SECRET": "e-Yp3vQ8sLk1Wd6Zr0",
        "ADMIN_USERNAME": "olga",
        "ADMIN_PASSWORD": "kettle-Amber-7431",
    },
}
REQUIRED = {
    "ingest": ["WEBHOOK_SECRET"],
    "worker": ["AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET", "AVITO_USER_ID"],
    "push_gateway": ["SESSION_SECRET"],
}
PORT = {"ingest": "INGEST_PORT", "worker": "WORKER_METRICS_PORT", "push_gateway": "GATEWAY_PORT"}
SERVICES = pytest.mark.parametrize("module", list(NEEDS))


def run(module: str, folder: Path, **environ: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@SERVICES
def test_a_service_needs_only_its_own_variables_and_ends_within_ten_seconds(
    module: str, tmp_path: Path, redis_server: RedisServer
) -> None:
    port = free_port()
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    nowhere = {"AVITO_API_URL": "http://127.0.0.1:9"}
    environ = {"REDIS_URL": redis_server.url, PORT[module]: str(port), **nowhere, **NEEDS[module]}
    with run(module, tmp_path, **environ) as process:
        deadline = time.monotonic() + READY_WITHIN_S
        while not is_ready(f"http://127.0.0.1:{port}") and time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.1)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=30)

    assert (process.returncode, "Traceback" in log) == (0, False)
    assert time.monotonic() - began < 10


@SERVICES
@pytest.mark.parametrize("value", ["", "changeme"], ids=["missing", "placeholder"])
def test_all_that_is_missing_is_named_at_once(module: str, value: str, tmp_path: Path) -> None:
    with run(module, tmp_path, **dict.fromkeys(REQUIRED[module], value)) as process:
        _, log = process.communicate(timeout=30)

    named = [line.removeprefix("settings: ").split()[0] for line in log.splitlines()]
    assert (process.returncode, list(dict.fromkeys(named))) == (2, REQUIRED[module])
