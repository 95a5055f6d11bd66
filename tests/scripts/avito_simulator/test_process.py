"""The real process: `python -m avito_simulator`."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.scripts.avito_simulator.conftest import grant


@contextmanager
def started(**environ: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running simulator and its address; ended by SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "-m", "avito_simulator"],
        env={**os.environ, "SIM_PORT": "0", **environ},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().split(": ", maxsplit=1)[1].strip()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        if process.stdout is not None:
            process.stdout.close()


def test_it_answers_and_ends_cleanly() -> None:
    with started() as (process, address):
        token = httpx.post(f"{address}/token", data=grant())
        assert token.status_code == 200

    assert process.returncode == 0


def test_a_cut_connection_is_really_cut() -> None:
    with started() as (_, address), httpx.Client(base_url=address) as client:
        fault = {"operation": "self", "drop": True, "count": 1}
        client.post("/_control/faults/endpoints", json=fault)

        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            client.get("/core/v1/accounts/self")

        assert client.get("/core/v1/accounts/self").status_code == 401


def test_the_demo_is_there_at_once_and_again_after_a_restart(tmp_path: Path) -> None:
    environ = {"SIM_DEMO": "1", "SIM_STATE_FILE": str(tmp_path / "state.json")}

    def chats() -> dict[str, str]:
        with started(**environ) as (_, address):
            truth = httpx.get(f"{address}/_control/truth?parts=chats").json()
        return {one["id"]: one["chat"]["users"][0]["name"] for one in truth["chats"]}

    first = chats()

    assert len(first) >= 8
    assert first.items() <= chats().items()


@pytest.mark.parametrize(
    ("environ", "code", "word"),
    [({"SIM_PORT": "red"}, 2, "SIM_PORT"), ({"SIM_HOST": "192.0.2.1"}, 1, "192.0.2.1")],
)
def test_a_start_that_cannot_be_is_said_in_one_line(environ: dict[str, str], code: int, word: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "avito_simulator"],
        env={**os.environ, "SIM_PORT": "0", **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == code
    assert len(ended.stderr.splitlines()) == 1
    assert word in ended.stderr
