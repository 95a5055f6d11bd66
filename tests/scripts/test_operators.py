"""`make operator` and `make token`, as the owner of a server uses them."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from push_gateway.auth.operators import Passwords, find
from push_gateway.auth.tokens import Tokens
from push_gateway.chats import assignments
from shared.redis import connection, keys
from testbed import RedisServer, running_redis
from tests.push_gateway.panel import write
from tests.scripts.running import SCRIPTS, environment
from tests.support.replica import QUICK_SYNC, replica_of
from tests.worker.builders import SELLER

PASSWORD = "amber-Kettle-90"


@pytest.fixture
def server(redis_server: RedisServer) -> RedisServer:
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server


def run(server: RedisServer, home: Path, script: str, said: str = "", **given: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / script)],
        env=environment(home, {"REDIS_URL": server.url, **given}),
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def operator(server: RedisServer, home: Path, said: str = "", **given: str) -> tuple[int, str, str]:
    return run(server, home, "operators.py", said, **given)


def token(server: RedisServer, home: Path, **given: str) -> tuple[int, str, str]:
    return run(server, home, "tokens.py", **given)


async def knows(server: RedisServer, name: str, password: str) -> bool:
    async with connection.connect(server.url) as client:
        return await Passwords().check(await find(client, name), password)


@pytest.mark.anyio
async def test_an_operators_life(server: RedisServer, tmp_path: Path) -> None:
    code, said, _ = operator(server, tmp_path, f"{PASSWORD}\n", NAME="anna", ROLE="owner")
    assert (code, said) == (0, "anna (owner) can log in now.\n")
    operator(server, tmp_path, f"{PASSWORD}\n", NAME="vera")
    assert await knows(server, "vera", PASSWORD)

    assert operator(server, tmp_path, "new-Amber-Lamp-1\n", NAME="vera", DO="password")[0] == 0
    assert await knows(server, "vera", "new-Amber-Lamp-1")
    operator(server, tmp_path, NAME="vera", DO="disable")
    assert not await knows(server, "vera", "new-Amber-Lamp-1")
    _, listed, _ = operator(server, tmp_path)
    assert [line.split()[:3] for line in listed.splitlines()] == [
        ["anna", "owner", "sessions"],
        ["vera", "operator", "disabled"],
    ]
    operator(server, tmp_path, NAME="vera", DO="enable")
    assert await knows(server, "vera", "new-Amber-Lamp-1")
    assert operator(server, tmp_path, NAME="vera", DO="role", ROLE="owner")[1] == "vera is an owner now.\n"
    assert operator(server, tmp_path, NAME="vera", DO="end-sessions")[1] == "vera: sessions ended: 0.\n"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("given", "words", "left"),
    [
        ({"DO": "disable"}, "Tokens ended, since vera made them: crm.", []),
        ({"DO": "role", "ROLE": "operator"}, "Tokens ended, since vera made them: crm.", []),
        ({"DO": "disable", "KEEP_TOKENS": "1"}, "still work: crm (", ["crm"]),
        ({"DO": "end-sessions"}, "still work: crm (", ["crm"]),
        ({"DO": "password"}, "still work: crm (", ["crm"]),
        ({"DO": "list", "NAME": ""}, "tokens made: crm", ["crm"]),
    ],
)
async def test_what_is_done_to_an_operator_names_the_tokens_that_he_made(
    server: RedisServer, tmp_path: Path, given: dict[str, str], words: str, left: list[str]
) -> None:
    for name in ("anna", "vera"):
        operator(server, tmp_path, f"{PASSWORD}\n", NAME=name, ROLE="owner")
    async with connection.connect(server.url) as client:
        await Tokens(client).add("crm", "read", "vera")

        _, said, _ = operator(server, tmp_path, "new-Amber-Lamp-1\n", **({"NAME": "vera"} | given))

        assert words in said
        assert [one.name for one in await Tokens(client).all()] == left


@pytest.mark.anyio
async def test_the_chats_of_a_disabled_operator_become_unassigned(
    server: RedisServer, tmp_path: Path
) -> None:
    operator(server, tmp_path, f"{PASSWORD}\n", NAME="anna", ROLE="owner")
    operator(server, tmp_path, f"{PASSWORD}\n", NAME="vera")
    async with connection.connect(server.url) as client:
        await write(client, "m1", chat="chat-1")
        await assignments.assign(client, SELLER, "chat-1", "vera", None)

        assert "chats unassigned: 1." in operator(server, tmp_path, NAME="vera", DO="disable")[1]

        assert await client.execute_command("ZRANGE", keys.unassigned(SELLER), 0, -1) == [b"chat-1"]


@pytest.mark.parametrize(
    ("given", "said", "words"),
    [
        ({"NAME": "x"}, "short\n", "shorter than 8"),
        ({"NAME": "x"}, "", "shorter than 8"),
        ({"NAME": "x"}, "password1\n", "try first"),
        ({"NAME": "a/b"}, f"{PASSWORD}\n", "without slashes"),
        ({"NAME": "nobody", "DO": "disable"}, "", "no operator of this name"),
        ({"NAME": "nobody", "DO": "password"}, f"{PASSWORD}\n", "no operator of this name"),
        ({"DO": "disable"}, "", "Which operator"),
        ({"NAME": "x", "DO": "praise"}, "", "DO must be one of"),
        ({"NAME": "x", "ROLE": "king"}, "", "ROLE must be"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    server: RedisServer, tmp_path: Path, given: dict[str, str], said: str, words: str
) -> None:
    code, _, error = operator(server, tmp_path, said, **given)

    assert (code, len(error.splitlines())) == (1, 1)
    assert words in error


def test_the_last_owner_stays(server: RedisServer, tmp_path: Path) -> None:
    operator(server, tmp_path, f"{PASSWORD}\n", NAME="anna", ROLE="owner")

    code, _, error = operator(server, tmp_path, NAME="anna", DO="disable")

    assert code == 1
    assert "last owner" in error


def test_on_a_terminal_the_password_is_asked_and_not_shown(server: RedisServer, tmp_path: Path) -> None:
    given = environment(tmp_path, {"REDIS_URL": server.url, "NAME": "anna"})
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, str(SCRIPTS / "operators.py")], given)
    seen = ""
    for prompt in ("Password for anna: ", "Again: "):
        while prompt not in seen:
            seen += os.read(terminal, 1024).decode()
        os.write(terminal, f"{PASSWORD}\n".encode())
    while "can log in now" not in seen:
        seen += os.read(terminal, 1024).decode()
    _, status = os.waitpid(pid, 0)
    os.close(terminal)

    assert status == 0
    assert PASSWORD not in seen


def test_a_tokens_life(server: RedisServer, tmp_path: Path) -> None:
    code, said, _ = token(server, tmp_path, NAME="crm", SCOPE="reply")
    assert code == 0
    text = said.split()[0]
    with redis.Redis.from_url(server.url) as client:
        (token_id,) = client.hkeys(keys.TOKENS)
        assert text.split("_", 2)[2] not in str(client.hgetall(keys.TOKENS))

    _, listed, _ = token(server, tmp_path)
    assert listed.split()[:2] == [token_id.decode(), "reply"]
    assert token(server, tmp_path, DO="revoke", ID=token_id.decode())[0] == 0
    assert token(server, tmp_path)[1].startswith("There is no token yet")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"NAME": "x", "SCOPE": "manage"}, "SCOPE must be"),
        ({"DO": "add"}, "For which program"),
        ({"DO": "revoke", "ID": "none"}, "no such token"),
        ({"DO": "praise"}, "DO must be"),
        ({"NAME": "a/b"}, "without slashes"),
    ],
)
def test_a_wrong_token_command_is_said_in_one_line(
    server: RedisServer, tmp_path: Path, given: dict[str, str], words: str
) -> None:
    code, _, error = token(server, tmp_path, **given)

    assert (code, len(error.splitlines())) == (1, 1)
    assert words in error


@pytest.mark.parametrize("script", ["operators.py", "tokens.py"])
def test_without_a_running_system_the_fix_is_named(tmp_path: Path, script: str) -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / script)],
        env=environment(tmp_path),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "make run" in done.stderr


def test_a_change_that_no_replica_confirms_is_not_said_to_be_done(tmp_path: Path) -> None:
    with (
        running_redis(tmp_path / "master", *QUICK_SYNC) as master,
        replica_of(master, tmp_path) as replica,
    ):
        kept = token(master, tmp_path, NAME="one", SCOPE="read")
        replica.stand_still()
        code, _, said = token(master, tmp_path, NAME="two", SCOPE="read")

    assert kept[0] == 0
    assert code == 1
    assert "may be lost" in said
