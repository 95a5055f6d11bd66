"""The real process: `python -m avito_simulator`."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from testbed import SystemPart
from tests.scripts.avito_simulator.conftest import grant


@contextmanager
def started(folder: Path, **environ: str) -> Iterator[SystemPart]:
    """A running simulator; ended by SIGTERM."""
    part = SystemPart("simulator", folder / "log")
    part.launch({**os.environ, **environ})
    try:
        asyncio.run(part.ready())
        yield part
    finally:
        part.end()


def test_it_answers_and_ends_cleanly(tmp_path: Path) -> None:
    with started(tmp_path) as part:
        token = httpx2.post(f"{part.url}/token", data=grant(), timeout=20)
        assert token.status_code == 200

    assert part.wait() == 0
    assert part.url in part.tail()


def test_a_cut_connection_is_really_cut(tmp_path: Path) -> None:
    with started(tmp_path) as part, httpx2.Client(base_url=part.url, timeout=20) as client:
        fault = {"operation": "self", "drop": True, "count": 1}
        client.post("/_control/faults/endpoints", json=fault)

        with pytest.raises((httpx2.RemoteProtocolError, httpx2.ReadError)):
            client.get("/core/v1/accounts/self")

        assert client.get("/core/v1/accounts/self").status_code == 401


def test_the_demo_is_there_at_once_and_again_after_a_restart(tmp_path: Path) -> None:
    environ = {"SIM_DEMO": "1", "SIM_STATE_FILE": str(tmp_path / "state.json")}

    def chats() -> dict[str, str]:
        with started(tmp_path, **environ) as part:
            truth = httpx2.get(f"{part.url}/_control/truth?parts=chats", timeout=20).json()
        return {one["id"]: one["chat"]["users"][0]["name"] for one in truth["chats"]}

    first = chats()

    assert len(first) >= 8
    assert first.items() <= chats().items()


def test_a_webhook_can_be_subscribed_from_the_start(tmp_path: Path) -> None:
    with started(tmp_path, SIM_SUBSCRIBED="http://127.0.0.1:1/hook") as part:
        truth = httpx2.get(f"{part.url}/_control/truth?parts=subscriptions", timeout=20).json()

    assert [one["url"] for one in truth["subscriptions"]] == ["http://127.0.0.1:1/hook"]


def test_the_secret_of_the_webhook_is_not_logged(tmp_path: Path) -> None:
    with started(tmp_path) as part:
        answers_200 = f"{part.url}/_control/faults/reset?s3cret"
        httpx2.put(f"{part.url}/_control/subscriptions", json={"urls": [answers_200]}, timeout=20)
        posted = httpx2.post(f"{part.url}/_control/webhook", json={"event": {}}, timeout=20)

    assert posted.json()["answered_200"] == 1
    assert "s3cret" not in part.tail()


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
