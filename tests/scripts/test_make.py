"""Every make target and both scripts, from another folder, with and without a running system.

The environment holds each variable of a command, as WSL sets NAME: it counts for none of them. Commands of
`avito-live` run in this process, as make's recipe names them, since most of their time is Python's start.
`check`, `test`, `coverage`, `chaos`, `fuzz`, `browser`, `bench`, `latency`, `screenshots`, `audit` and
`dependencies` take minutes or the network: of them `make --dry-run` is tested. `up`, `down` and `logs` run
with a Docker that does not work.
"""

import importlib.util
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from avito_live import PROJECT
from avito_live.command_line import main
from testbed import ACCOUNT, free_port
from tests.scripts.running import Started, environment

MAKEFILE = (PROJECT / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^\.PHONY: ([a-z-]+)$", MAKEFILE, re.MULTILINE)
INHERITED = {
    **dict.fromkeys(("NAME", "CHAT", "FILE", "PART", "ONLY", "REDIS_ADDRESS"), "MY-COMPUTER"),
    **dict.fromkeys(("FORCE", "FORGET", "KEEP_TOKENS", "QUICK", "BUYER", "FROM"), "1"),
    "DO": "add",
    "ID": "7-7",
    "ROLE": "owner",
    "SCOPE": "reply",
}
LONG = (
    *("check", "test", "test-redis", "test-redis-users", "coverage", "chaos", "audit", "constraints"),
    *("dependencies", "lua", "fuzz", "browser", "bench", "latency", "screenshots", "dist"),
)
DOCKER = ("up", "down", "logs")
PASSWORD = "amber-Kettle-90"
NOT_RUNNING = "Nothing is running here"
NO_KEYS = "AVITO_CLIENT_ID is missing"


@dataclass(frozen=True)
class Done:
    """The result of a command; `code` is that of the recipe, since make itself always ends with 2."""

    code: int
    said: str


def run(command: list[str], home: Path, said: str = "", **given: str) -> Done:
    done = subprocess.run(
        command,
        cwd="/",
        env=environment(home, INHERITED | given),
        input=said,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    failed = re.search(r"^make: \*\*\* .*Error (\d+)$", done.stderr, re.MULTILINE)
    said = done.stdout + done.stderr
    assert "Traceback" not in said, said
    return Done(int(failed[1]) if failed else done.returncode, said)


def make(words: str, home: Path, said: str = "", **given: str) -> Done:
    return run(["make", "--no-print-directory", "-C", str(PROJECT), *words.split()], home, said, **given)


def make_here(words: str, home: Path, said: str = "") -> Done:
    """Run the recipe of a target in this process; make would give it the variables of its command line."""
    *_, recipe = make(f"--dry-run {words}", home).said.splitlines() or [""]
    if "-m avito_live" not in recipe or "--tied" in recipe:
        return make(words, home)
    environ = environment(home, INHERITED | dict(word.split("=", 1) for word in words.split() if "=" in word))
    output, program = io.StringIO(), shlex.split(recipe)
    with (
        patch.dict(os.environ, environ, clear=True),
        patch("sys.stdin", io.StringIO(said)),
        redirect_stdout(output),
        redirect_stderr(output),
    ):
        return Done(main(program[3:]), output.getvalue())


WITHOUT_A_SYSTEM = [
    ("help", 0, "make run"),
    ("setup", 0, ""),
    ("init DOMAIN=a.example", 0, "Wrote "),
    ("init DOMAIN=https://a.example", 2, "settings: DOMAIN must be a host alone"),
    ("settings GATEWAY_PORT=many", 2, "wrong: GATEWAY_PORT must be"),
    ("settings PYTHON=/nowhere", 0, "GATEWAY_PORT"),
    ("run AVITO_USER_ID=x", 2, "settings: AVITO_USER_ID must be a whole number"),
    ("settings", 0, "No .env in "),
    ("status", 1, NOT_RUNNING),
    ("dead", 1, NOT_RUNNING),
    ("redrive", 1, NOT_RUNNING),
    ("operator", 1, NOT_RUNNING),
    ("operator DO=disable", 2, "Usage: avito-live operator"),
    ("operator DO=list NAME=x", 2, "leave out NAME"),
    ("operator DO=", 2, "'' is not one of"),
    ("operator NAME=", 2, "Which operator?"),
    ("redrive ID=", 2, "The ID is empty"),
    ("backup FILE=", 2, "a folder, or empty"),
    ("forget BUYER=1_0", 2, "'1_0' is not a number"),
    ("forget CHAT=", 2, "Which buyer or chat?"),
    ("token", 1, NOT_RUNNING),
    ("token DO=add", 2, "Usage: avito-live token"),
    ("redis-users", 0, "users.acl"),
    ("redis-users REDIS_ADDRESS=here", 2, "Usage: avito-live redis-users"),
    ("secrets", 0, "holds no secret that a service reads"),
    ("subscribe", 2, "this is the demo"),
    ("unsubscribe", 2, NO_KEYS),
    ("doctor", 1, "the system is not running"),
    ("rotate-secret", 2, NO_KEYS),
    ("backup", 1, NOT_RUNNING),
    ("restore-check", 1, "There is no backup"),
    ("restore", 2, "Usage: avito-live restore"),
    ("restore FILE=/nowhere", 1, "there is no file /nowhere"),
    ("forget", 2, "Usage: avito-live forget"),
    ("forget BUYER=1", 1, NOT_RUNNING),
    ("account", 2, "Usage: avito-live account"),
    ("account FROM=1", 1, NOT_RUNNING),
]
FIRST = {
    "operator NAME=vera DO=disable KEEP_TOKENS=1": "operator NAME=vera",
    "token": "token NAME=-a'b",
    "restore-check": "backup",
    "doctor": "subscribe FORCE=1",
    "subscribe FORCE=1": "subscribe FORCE=1",
    "rotate-secret": "subscribe FORCE=1",
    "unsubscribe": "subscribe FORCE=1",
}
"""What some of the commands below need to be done first, so that each can be tested alone."""
RUNNING = [
    ("run", 1, "is running here already"),
    ("init", 1, "exists already and stays as it is"),
    ("settings", 0, "AVITO_CLIENT_ID"),
    ("status", 0, "mode "),
    ("dead", 0, "There are no dead letters."),
    ("redrive", 0, "0 in the inbox again"),
    ("redrive ID=7-7", 1, "There is no dead letter 7-7"),
    ("operator", 0, "owner "),
    ("operator NAME=olga ROLE=owner", 0, "olga (owner) can log in now."),
    ("operator NAME=vera DO=disable KEEP_TOKENS=1", 0, "vera is disabled"),
    ("token", 0, "-a'b"),
    ("token NAME=-a'b SCOPE=reply", 0, "This is shown only now."),
    ("token DO=list", 0, ""),
    ("token DO=revoke ID=none", 1, "There is no such token"),
    ("redis-users", 0, "users.acl"),
    ("secrets SECRETS_DIR=/dev/null/secrets", 1, "cannot be written"),
    ("doctor", 0, "Nothing is wrong, warnings: "),
    ("subscribe", 4, "Not subscribed."),
    ("subscribe FORCE=1", 0, "Already subscribed."),
    ("rotate-secret", 0, "The secret is changed"),
    ("unsubscribe", 0, "Unsubscribed, and verified"),
    ("backup", 0, "Try it now: make restore-check"),
    ("restore-check", 0, "The backup holds"),
    ("restore FILE=/nowhere", 1, "there is no file /nowhere"),
    ("forget CHAT=none", 1, "Nothing was removed: there is no data of that buyer or chat (any more)."),
    ("account FROM=1", 1, f"there are: {ACCOUNT}"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield the folder of a running `make run`; then `.env` names what the demo itself uses."""
    folder = tmp_path_factory.mktemp("home")
    names = ("GATEWAY_PORT", "INGEST_PORT", "WORKER_METRICS_PORT", "SIM_PORT")
    ports = {name: str(free_port()) for name in names}
    with subprocess.Popen(
        ["make", "--no-print-directory", "-C", str(PROJECT), "run"],
        cwd="/",
        env=environment(folder, INHERITED | ports),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            Started(process).until("Avito Live is ready.")
            secret = re.search(r"^WEBHOOK_SECRET=(.+)$", (folder / ".env").read_text(), re.MULTILINE)
            assert secret
            with (folder / ".env").open("a") as file:
                file.write("\nAVITO_CLIENT_ID=sim-client\nAVITO_CLIENT_SECRET=sim-secret\n")
                file.write(f"AVITO_USER_ID={ACCOUNT}\nAVITO_API_URL=http://127.0.0.1:{ports['SIM_PORT']}\n")
                address = f"http://127.0.0.1:{ports['INGEST_PORT']}/admin/avito/webhook/{secret[1]}"
                file.write(f"WEBHOOK_URL={address}\n")
            yield folder
        finally:
            process.terminate()


def test_every_target_is_run_here() -> None:
    run_here = {words.split()[0] for words, _, _ in WITHOUT_A_SYSTEM}

    assert run_here | {*LONG, *DOCKER} == set(TARGETS)
    assert {words.split()[0] for words, _, _ in RUNNING} == run_here - {"help", "setup"}


def test_no_target_takes_anything_from_the_environment(tmp_path: Path) -> None:
    dry = ["make", "-C", str(PROJECT), "--no-print-directory", "--dry-run", *TARGETS]
    clean = subprocess.run(dry, env=environment(tmp_path), capture_output=True, text=True, check=True)

    assert run(dry, tmp_path).said == clean.stdout
    assert "MY-COMPUTER" not in clean.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"), WITHOUT_A_SYSTEM, ids=[row[0] for row in WITHOUT_A_SYSTEM]
)
def test_each_target_without_a_system(tmp_path: Path, words: str, code: int, said: str) -> None:
    done = make_here(words, tmp_path)

    assert (done.code, said in done.said) == (code, True), done.said


@pytest.mark.parametrize("words", ["operator DO=disable KEEP_TOKENS=maybe", "subscribe FORCE=y"])
def test_a_switch_that_is_neither_on_nor_off_is_refused(tmp_path: Path, words: str) -> None:
    done = make(words, tmp_path)

    assert (done.code, "is 1 or left out" in done.said) == (2, True), done.said


@pytest.mark.parametrize(
    "words", ["bench ONLY=;touch$IFS/tmp/x", "logs PART=a;b", "operator NAME=a'b;$(c)`d`"]
)
def test_no_value_is_a_command_of_the_shell(tmp_path: Path, words: str) -> None:
    recipe = make(f"--dry-run {words}", tmp_path).said.splitlines()[-1]

    assert shlex.split(recipe, posix=True)[-1] == words.partition("=")[2]


@pytest.mark.slow
@pytest.mark.parametrize(("words", "code", "said"), RUNNING, ids=[row[0] for row in RUNNING])
def test_each_target_with_a_running_system(home: Path, words: str, code: int, said: str) -> None:
    if words in FIRST:
        make_here(FIRST[words], home, f"{PASSWORD}\n")

    done = make_here(words, home, f"{PASSWORD}\n")

    assert (done.code, said in done.said) == (code, True), done.said


@pytest.mark.parametrize("target", LONG)
def test_each_long_target_calls_what_is_there(tmp_path: Path, target: str) -> None:
    recipe = make(f"--dry-run {target}", tmp_path).said.splitlines()[1:]

    assert recipe
    for line in recipe:
        program, *arguments = line.split()
        assert (PROJECT / program).exists() or program == "sh"
        if arguments[0] == "-m":
            assert importlib.util.find_spec(arguments[1])
        elif not arguments[0].startswith("-"):
            assert (PROJECT / arguments[0]).exists()


@pytest.mark.parametrize("target", DOCKER)
def test_each_target_of_docker_says_why_it_cannot_run(tmp_path: Path, target: str) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    path = environment(tmp_path)["PATH"]

    done = make(target, tmp_path, PATH=f"{tmp_path}:{path}")

    assert done.code == 1
    assert done.said.startswith(f"{target}: ")


@pytest.mark.parametrize("command", ["setup", "unsubscribe", "test", "status"])
def test_each_command_of_the_script_without_a_system(tmp_path: Path, command: str) -> None:
    done = run(["python3", str(PROJECT / "scripts/setup_avito_webhook.py"), command], tmp_path)

    assert (done.code, NO_KEYS in done.said) == (2, True), done.said


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("status", 0, "Subscription at Avito"),
        ("test", 0, "The test passed."),
        ("setup", 0, "ubscribed"),  # FORCE=1 counts here, as it always did
        ("unsubscribe", 0, "subscri"),
        ("", 2, "Usage: setup_avito_webhook.py"),
        ("praise", 2, "No such command 'praise'"),
    ],
)
def test_each_command_of_the_script_with_a_running_system(
    home: Path, command: str, code: int, said: str
) -> None:
    done = run(["python3", str(PROJECT / "scripts/setup_avito_webhook.py"), *command.split()], home)

    assert (done.code, said in done.said) == (code, True), done.said


@pytest.mark.slow
def test_the_menu_with_a_running_system(home: Path) -> None:
    done = run(["sh", str(PROJECT / "scripts/setup_webhook.sh")], home, "1\n3\n4\n2\n0\n")

    assert done.code == 0, done.said
    assert "The test passed." in done.said


def test_the_script_names_the_set_up_where_it_was_not_made(tmp_path: Path) -> None:
    clone = tmp_path / "my clone"
    (clone / "scripts").mkdir(parents=True)
    script = shutil.copy(PROJECT / "scripts/setup_avito_webhook.py", clone / "scripts")

    done = run([sys.executable, "-S", str(script), "status"], tmp_path)  # -S: without the libraries

    assert (done.code, f"make -C '{clone}' setup" in done.said) == (1, True), done.said


def test_the_command_of_the_venv_runs_in_any_folder(tmp_path: Path) -> None:
    done = run([str(Path(sys.executable).with_name("avito-live")), "status"], tmp_path)

    assert (done.code, NOT_RUNNING in done.said) == (1, True), done.said
