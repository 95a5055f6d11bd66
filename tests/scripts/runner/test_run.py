"""`make run` as a user starts it: the whole system as real processes, in an empty folder."""

import os
import re
import signal
import socket
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from avito_live.runner import lock
from avito_live.runner.configuration import read_env_file
from avito_live.runner.folders import Folders
from tests.scripts.running import Started, avito_live, run_started

READY = "Avito Live is ready."


def panel(said: str) -> str:
    found = re.search(r"Panel +(http://\S+/admin/avito/)", said)
    assert found, said
    return found[1]


@contextmanager
def signed_in(said: str) -> Iterator[httpx2.Client]:
    """Yield a client that is logged in as the banner says."""
    name, password = (re.search(rf"{word} +(\S+)", said) for word in ("Login", "Password"))
    assert name
    assert password
    address = panel(said)
    form = {"username": name[1], "password": password[1]}
    with httpx2.Client(base_url=address, trust_env=False, timeout=20) as client:
        answer = client.post("login", data=form, headers={"Origin": address.removesuffix("/admin/avito/")})
        assert answer.status_code == 303, answer.text
        yield client


def chats(said: str) -> set[str]:
    """The chats the panel holds."""
    with signed_in(said) as client:
        return _listed(client)


def chats_once_there_are_some(said: str) -> set[str]:
    """The same, as soon as it holds any."""
    deadline = time.monotonic() + 60
    with signed_in(said) as client:
        while not (found := _listed(client)):
            assert time.monotonic() < deadline, "the panel stays empty"
            time.sleep(0.1)
    return found


def quick_replies(said: str) -> set[str]:
    """The names of the team's quick replies."""
    with signed_in(said) as client:
        answer = client.get("api/quick-replies").raise_for_status().json()
    return {reply["name"] for reply in answer["quick_replies"]}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # it has just ended, or is another user's
        return b""


def _processes_of(home: Path) -> list[str]:
    """The processes that were started for this folder and still run."""
    mark = f"AVITO_LIVE_HOME={home}".encode()
    return [
        path.parent.name
        for path in Path("/proc").glob("[0-9]*/environ")
        if mark in _read(path).split(b"\0") and path.parent.name != str(os.getpid())
    ]


def _listed(client: httpx2.Client) -> set[str]:
    return {chat["id"] for chat in client.get("api/chats").raise_for_status().json()["chats"]}


def stop(run: Started, signal_number: signal.Signals = signal.SIGINT) -> str:
    run.process.send_signal(signal_number)
    said = run.rest()
    assert run.process.returncode == 0, said
    return said


@pytest.mark.slow
def test_an_empty_folder_becomes_a_demo_whose_data_is_found_again(tmp_path: Path) -> None:
    home = tmp_path / "a folder"

    with run_started(home) as run:
        said = run.until(READY)
        first = chats_once_there_are_some(said)
        assert "Ещё продаётся" in quick_replies(said)
        private = stat.S_IMODE(Folders(home).redis_url.stat().st_mode)
        judged = avito_live(home, "doctor")
        assert "Stopped." in stop(run)

    assert (judged.returncode, judged.stderr) == (0, "")
    assert "this is the demo" in judged.stdout.splitlines()[0]
    assert "Certificate" not in judged.stdout

    assert private == 0o600
    assert not Folders(home).redis_url.exists()
    with run_started(home) as run:
        assert first <= chats(run.until(READY))
        stop(run, signal.SIGTERM)


@pytest.mark.slow
@pytest.mark.parametrize("step", ["Starting", "simulator"])
def test_ctrl_c_at_any_step_of_the_start_leaves_nothing(tmp_path: Path, step: str) -> None:
    with run_started(tmp_path) as run:
        run.until(step)
        said = stop(run)

    assert said.splitlines()[-1].startswith("Stopped.")
    assert READY not in said
    assert not Folders(tmp_path).redis_url.exists()
    assert _processes_of(tmp_path) == []
    assert lock.take(Folders(tmp_path).lock) is not None


@pytest.mark.slow
def test_nothing_of_the_demo_is_left_once_keys_are_set(tmp_path: Path) -> None:
    with run_started(tmp_path) as run:
        assert chats_once_there_are_some(run.until(READY))
        stop(run)

    keys = {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "key", "AVITO_USER_ID": "77"}
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with run_started(tmp_path, AVITO_API_URL=address, **keys) as run:
            said = run.until(READY)
            assert chats(said) == set()
            assert quick_replies(said) == set()
            assert "This is the demo" not in said
            stop(run)


@pytest.mark.slow
def test_a_killed_run_is_started_again_with_its_data(tmp_path: Path) -> None:
    with run_started(tmp_path) as run:
        said = run.until(READY)
        first = chats_once_there_are_some(said)
        run.process.kill()
        run.rest()

    with run_started(tmp_path) as run:
        assert first <= chats(run.until(READY))
        stop(run)


@pytest.mark.slow
def test_a_changed_password_is_not_told_as_if_it_were_right(tmp_path: Path) -> None:
    with run_started(tmp_path, ADMIN_PASSWORD="the-first-password-1") as run:
        assert "the-first-password-1" in run.until(READY)
        stop(run)

    with run_started(tmp_path, ADMIN_PASSWORD="another-password-2") as run:
        said = run.until("Stop with Ctrl-C")
        assert "another-password-2" not in said
        stop(run)


def test_a_second_run_at_the_same_time_is_refused_in_one_line(tmp_path: Path) -> None:
    held = lock.take_run(Folders(tmp_path))

    done = avito_live(tmp_path, "run")

    os.close(held)
    assert (done.returncode, len(done.stdout.splitlines()), done.stderr) == (1, 1, "")
    assert f"running here already (process {os.getpid()})" in done.stdout


def test_the_root_of_the_disk_whose_var_is_the_systems_is_refused() -> None:
    done = avito_live(Path("/"), "run")

    assert (done.returncode, len(done.stdout.splitlines()), done.stderr) == (1, 1, "")
    assert "start in a folder for Avito Live alone" in done.stdout


def test_a_taken_port_is_said_in_one_line_with_the_fix(tmp_path: Path) -> None:
    avito_live(tmp_path, "init")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = avito_live(tmp_path, "run", GATEWAY_PORT=str(port), INGEST_PORT="0", SIM_PORT="0")

    assert (done.returncode, len(done.stdout.splitlines()), done.stderr) == (1, 1, "")
    assert f"port {port} (gateway) is taken" in done.stdout
    assert "GATEWAY_PORT=" in done.stdout


def test_partly_set_keys_are_all_named_with_exit_code_2(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "run", AVITO_CLIENT_ID="your-client-id", DOMAIN="panel.example")

    told = [
        line.split(":")[1].split()[0] for line in done.stdout.splitlines() if line.startswith("settings: ")
    ]
    assert (done.returncode, done.stderr) == (2, "")
    assert told == ["AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET", "AVITO_USER_ID"]


def test_a_redis_that_will_not_start_is_told_with_the_remedy(tmp_path: Path) -> None:
    broken = tmp_path / "var" / "demo" / "redis" / "appendonlydir"
    broken.mkdir(parents=True)
    (broken / "appendonly.aof.manifest").write_text("this is no manifest\n")

    with run_started(tmp_path) as run:
        said = run.rest()

    last = said.splitlines()[-1]
    assert run.process.returncode == 1
    assert last.startswith(f"Stopped: Redis cannot read {broken.parent}: move it; `make restore")
    assert "var/log/redis.log" in last


def test_a_redis_url_without_a_redis_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with run_started(tmp_path, REDIS_URL=f"redis://127.0.0.1:{port}/0") as run:
        said = run.rest()

    assert run.process.returncode == 1
    assert "the Redis at REDIS_URL does not answer" in said.splitlines()[-1]


def test_the_first_run_writes_an_env_and_a_later_one_keeps_it(tmp_path: Path) -> None:
    def run_with_no_such_address() -> dict[str, str]:
        avito_live(tmp_path, "run", GATEWAY_HOST="192.0.2.1")
        return read_env_file(tmp_path / ".env")

    first = run_with_no_such_address()

    assert first["ADMIN_PASSWORD"]
    assert run_with_no_such_address() == first
