"""Names that are looked up while the name server does not answer."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.lacking import lacking

CALLS = 12
"""More than the breaker lets through, and than libuv has threads by itself."""
PROGRAM = f"""
import asyncio, os, socket
import uvloop
from worker.avito.lookups import allow_hanging

async def main():
    deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    deaf.bind(("127.0.0.1", 53))
    look_up = asyncio.get_running_loop().getaddrinfo
    hanging = [asyncio.ensure_future(look_up(f"api{{number}}.example.org", 443)) for number in range({CALLS})]
    known = asyncio.ensure_future(look_up("redis", 6379))
    done, _ = await asyncio.wait([known, *hanging], return_when=asyncio.FIRST_COMPLETED)
    print("known" if known in done else "hanging", flush=True)
    os._exit(0)

allow_hanging()
uvloop.run(main())
"""
DEAF = """
set -eu
ip link set lo up
mount --bind "$1/resolv.conf" /etc/resolv.conf
mount --bind "$1/hosts" /etc/hosts
exec "$2" -c "$3"
"""


def test_a_name_that_hangs_does_not_hold_up_that_of_redis(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("another name server needs root")
    if not all(map(shutil.which, ("unshare", "ip"))):
        lacking("iproute2")
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:1\n")
    (tmp_path / "hosts").write_text("127.0.0.1 localhost redis\n")

    apart = ["unshare", "--mount", "--net", "--propagation=private", "sh", "-c", DEAF, "deaf"]
    done = subprocess.run(
        [*apart, str(tmp_path), sys.executable, PROGRAM],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if "not permitted" in done.stderr:
        pytest.skip(done.stderr.strip())

    assert done.stdout.strip() == "known", done.stderr
