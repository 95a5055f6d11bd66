"""`make operator` and `make token`, as the owner of a server uses them."""

import os
import pty
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from push_gateway.auth.operators import find
from push_gateway.auth.passwords import Passwords
from push_gateway.auth.tokens import Tokens
from push_gateway.chats import assignments
from shared.redis import connection, keys
from testbed import RedisServer, running_redis
from tests.push_gateway.panel import write
from tests.scripts.running import AVITO_LIVE, avito_live, environment
from tests.support.replica import replica_of
from tests.worker.builders import SELLER

pytestmark = pytest.mark.slow
PASSWORD = "amber-Kettle-90"


@pytest.fixture
def server(redis_server: RedisServer) -> RedisServer:
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server


def run(server: RedisServer, home: Path, *arguments: str, said: str = "") -> tuple[int, str, str]:
    done = avito_live(home, *arguments, said=said, REDIS_URL=server.url)
    return done.returncode, done.stdout, done.stderr


def operator(server: RedisServer, home: Path, *arguments: str, said: str = "") -> tuple[int, str, str]:
    return run(server, home, "operator", *arguments, said=said)


def token(server: RedisServer, home: Path, *arguments: str) -> tuple[int, str, str]:
    return run(server, home, "token", *arguments)


async def knows(server: RedisServer, name: str, password: str) -> bool:
    async with connection.connect(server.url) as client:
        return await Passwords().check(await find(client, name), password)


@pytest.mark.anyio
async def test_an_operators_life(server: RedisServer, tmp_path: Path) -> None:
    code, said, _ = operator(server, tmp_path, "add", "anna", "--role", "owner", said=f"{PASSWORD}\n")
    assert (code, said) == (0, "anna (owner) can log in now.\n")
    operator(server, tmp_path, "add", "vera", said=f"{PASSWORD}\n")
    assert await knows(server, "vera", PASSWORD)

    assert operator(server, tmp_path, "password", "vera", said="new-Amber-Lamp-1\n")[0] == 0
    assert await knows(server, "vera", "new-Amber-Lamp-1")
    operator(server, tmp_path, "disable", "vera")
    assert not await knows(server, "vera", "new-Amber-Lamp-1")
    _, listed, _ = operator(server, tmp_path)
    assert [line.split()[:3] for line in listed.splitlines()] == [
        ["anna", "owner", "sessions"],
        ["vera", "operator", "disabled"],
    ]
    operator(server, tmp_path, "enable", "vera")
    assert await knows(server, "vera", "new-Amber-Lamp-1")
    assert operator(server, tmp_path, "role", "vera", "--role", "owner")[1] == "vera is an owner now.\n"
    assert (
        operator(server, tmp_path, "end-sessions", "vera")[1]
        == "vera has to log in again; sessions ended: 0.\n"
    )


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("given", "words", "left"),
    [
        (["disable", "vera"], "Tokens ended, since vera made them: crm (", []),
        (["role", "vera", "--role", "operator"], "Tokens ended, since vera made them: crm (", []),
        (["disable", "vera", "--keep-tokens"], "still work: crm (", ["crm"]),
        (["end-sessions", "vera"], "still work: crm (", ["crm"]),
        (["password", "vera"], "still work: crm (", ["crm"]),
        (["list"], "tokens made: crm", ["crm"]),
    ],
)
async def test_what_is_done_to_an_operator_names_the_tokens_that_he_made(
    server: RedisServer, tmp_path: Path, given: list[str], words: str, left: list[str]
) -> None:
    for name in ("anna", "vera"):
        operator(server, tmp_path, "add", name, "--role", "owner", said=f"{PASSWORD}\n")
    async with connection.connect(server.url) as client:
        await Tokens(client).add("crm", "read", "vera")

        _, said, _ = operator(server, tmp_path, *given, said="new-Amber-Lamp-1\n")

        assert words in said
        assert [one.name for one in await Tokens(client).all()] == left


@pytest.mark.anyio
async def test_the_chats_of_a_disabled_operator_become_unassigned(
    server: RedisServer, tmp_path: Path
) -> None:
    operator(server, tmp_path, "add", "anna", "--role", "owner", said=f"{PASSWORD}\n")
    operator(server, tmp_path, "add", "vera", said=f"{PASSWORD}\n")
    async with connection.connect(server.url) as client:
        await write(client, "m1", chat="chat-1")
        await assignments.assign(client, SELLER, "chat-1", "vera", None)

        assert "chats unassigned: 1." in operator(server, tmp_path, "disable", "vera")[1]

        assert await client.execute_command("ZRANGE", keys.unassigned(SELLER), 0, -1) == [b"chat-1"]


@pytest.mark.parametrize(
    ("given", "said", "words"),
    [
        (["add", "x"], "short\n", "shorter than 8"),
        (["add", "x"], "", "shorter than 8"),
        (["add", "x"], "password1\n", "try first"),
        (["add", "a/b"], f"{PASSWORD}\n", "without slashes"),
        (["disable", "nobody"], "", "no operator of this name"),
        (["password", "nobody"], f"{PASSWORD}\n", "no operator of this name"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    server: RedisServer, tmp_path: Path, given: list[str], said: str, words: str
) -> None:
    code, _, error = operator(server, tmp_path, *given, said=said)

    assert (code, len(error.splitlines())) == (1, 1)
    assert words in error


def test_the_last_owner_stays(server: RedisServer, tmp_path: Path) -> None:
    operator(server, tmp_path, "add", "anna", "--role", "owner", said=f"{PASSWORD}\n")

    code, _, error = operator(server, tmp_path, "disable", "anna")

    assert code == 1
    assert "last owner" in error


class Terminal:
    """`avito-live operator add anna` at a terminal."""

    def __init__(self, server: RedisServer, home: Path) -> None:
        given = environment(home, {"REDIS_URL": server.url})
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.execve(sys.executable, [*AVITO_LIVE, "operator", "add", "anna"], given)
        self.seen = ""

    def until(self, words: str) -> None:
        while words not in self.seen:
            self.seen += os.read(self._terminal, 1024).decode()

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def exit_code(self) -> int:
        with suppress(OSError):  # Linux ends a terminal's output with an error
            while said := os.read(self._terminal, 1024):
                self.seen += said.decode()
        _, status = os.waitpid(self._pid, 0)
        os.close(self._terminal)
        return os.waitstatus_to_exitcode(status)


def test_on_a_terminal_the_password_is_asked_and_not_shown(server: RedisServer, tmp_path: Path) -> None:
    terminal = Terminal(server, tmp_path)
    for question in ("Password for anna: ", "Again: "):
        terminal.until(question)
        terminal.type(f"{PASSWORD}\n")

    assert terminal.exit_code() == 0
    assert "can log in now" in terminal.seen
    assert PASSWORD not in terminal.seen


def test_ctrl_c_at_the_question_ends_the_command(server: RedisServer, tmp_path: Path) -> None:
    terminal = Terminal(server, tmp_path)
    terminal.until("Password for anna: ")

    terminal.type("\x03")

    assert terminal.exit_code() == 130
    assert terminal.seen.endswith("Interrupted.\r\n")
    assert "Traceback" not in terminal.seen


def test_a_tokens_life(server: RedisServer, tmp_path: Path) -> None:
    code, said, _ = token(server, tmp_path, "add", "crm", "--scope", "reply")
    assert code == 0
    text = said.split()[0]
    with redis.Redis.from_url(server.url) as client:
        (token_id,) = client.hkeys(keys.TOKENS)
        assert text.split("_", 2)[2] not in str(client.hgetall(keys.TOKENS))

    _, listed, _ = token(server, tmp_path)
    assert listed.split()[:2] == [token_id.decode(), "reply"]
    assert token(server, tmp_path, "revoke", token_id.decode())[0] == 0
    assert token(server, tmp_path)[1].startswith("There is no token yet")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["revoke", "none"], "no such token"),
        (["add", "a/b"], "without slashes"),
    ],
)
def test_what_cannot_be_done_to_a_token_is_said_in_one_line(
    server: RedisServer, tmp_path: Path, given: list[str], words: str
) -> None:
    code, _, error = token(server, tmp_path, *given)

    assert (code, len(error.splitlines())) == (1, 1)
    assert words in error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["operator", "disable"], "Which operator"),
        (["operator", "praise", "x"], "'praise' is not one of 'list', 'add'"),
        (["operator", "add", "x", "--role", "king"], "'king' is not one of 'owner', 'operator'"),
        (["token", "add"], "For which program"),
        (["token", "revoke"], "Which token"),
        (["token", "praise"], "'praise' is not one of"),
        (["token", "add", "x", "--scope", "manage"], "'manage' is not one of 'read', 'reply'"),
    ],
)
def test_a_wrong_use_shows_the_usage(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = avito_live(tmp_path, *arguments)

    assert done.returncode == 2
    assert done.stderr.startswith(f"Usage: avito-live {arguments[0]} ")
    assert words in done.stderr


@pytest.mark.parametrize("command", ["operator", "token"])
def test_without_a_running_system_the_fix_is_named(tmp_path: Path, command: str) -> None:
    done = avito_live(tmp_path, command)

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "make run" in done.stderr


def test_a_change_that_no_replica_confirms_is_not_said_to_be_done(tmp_path: Path) -> None:
    with (
        running_redis(tmp_path / "master") as master,
        replica_of(master, tmp_path) as replica,
    ):
        kept = token(master, tmp_path, "add", "one")
        replica.stand_still()
        code, _, said = token(master, tmp_path, "add", "two")

    assert kept[0] == 0
    assert code == 1
    assert "may be lost" in said
