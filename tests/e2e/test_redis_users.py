"""Every service has its own Redis user: everything works, and no user has other permissions."""

import ast
import inspect
import re
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
import redis as sync_redis
from PIL import Image
from redis.asyncio import Redis

from avito_live import PROJECT
from shared.redis import keys, lua
from shared.status import read_status
from testbed import ACCOUNT, USERNAME, RedisServer, System, free_port, running_redis, until
from tests.e2e.conversation import Conversation
from tests.push_gateway.panel import PATH, Panel
from tests.scripts.redis_rules import RULES, readable_rules
from tests.support.acl import make_users, server_with_users, url_of
from tests.support.engine import is_redis_before

pytestmark = pytest.mark.anyio
PARTS = ("ingest", "worker", "gateway")
FOLDERS = {
    "ingest": "services/ingest/ingest",
    "worker": "services/worker/worker",
    "gateway": "services/push-gateway/push_gateway",
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = server_with_users(tmp_path / "redis")
    server.start()
    yield server
    server.kill()


@pytest.fixture
async def system(tmp_path: Path, anyio_backend: str) -> AsyncIterator[System]:
    """Yield a running system on such a Redis."""
    server = server_with_users(tmp_path / "redis")
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as http:
        environ = {"POLL_INTERVAL_S": "1", "SWEEP_INTERVAL_S": "2", "WATCH_INTERVAL_S": "1"}
        system = System(tmp_path, environ, server, http)
        try:
            await system.start("redis", "simulator")
            for part in PARTS:
                await system.start(part, REDIS_URL=url_of(part, server.folder))
            await system.avito.subscribe(system.webhook_url)
            yield system
        except BaseException:
            sys.stderr.write(system.logs())
            raise
        finally:
            system.close()


async def test_the_whole_system_works_and_is_never_denied_a_command(system: System) -> None:
    async with Panel.at(system.url("gateway")) as panel, system.redis as redis:
        await panel.log_in()
        chat = await system.avito.chat(buyer={"name": "Вера"})
        conversation = Conversation(system, panel, chat)
        async with panel.socket() as socket:
            await socket.say(type="viewing", chat_id=chat)
            first = await system.avito.write(chat, "Здравствуйте")
            assert (await socket.read_type("message"))["message"]["id"] == first
            await until(lambda: _is_named(panel, chat))
            await _answer_in_every_way(conversation)
            await _bring_what_came_unproven(system, chat)
            await _redrive_junk(system, panel, redis)
            await _manage(panel)
            await _ask_the_coach(panel)
            await _write_while_closed(system, panel)
            await panel.get("api/chats", q="вера")
            await panel.get("api/events")
        await system.restart("worker", REDIS_URL=url_of("worker", system.redis_server.folder))
        await system.kill("gateway")
        await system.start("gateway", REDIS_URL=url_of("gateway", system.redis_server.folder))
        await panel.http.post(f"{PATH}logout")

        denied = await redis.execute_command("ACL LOG")
        assert [_denial(entry) for entry in denied] == []


async def _is_named(panel: Panel, chat: str) -> bool:
    chats = (await panel.get("api/chats"))["chats"]
    return any(one["id"] == chat and one["buyer"] for one in chats)


async def _answer_in_every_way(conversation: Conversation) -> None:
    picture = BytesIO()
    Image.new("RGB", (40, 30)).save(picture, "PNG")
    await conversation.system.avito.faults(tariff="402")
    failing = await conversation.say("will fail")
    await conversation.in_state(failing, "failed")
    await conversation.system.avito.faults(tariff="full")
    await conversation.post(f"outbox/{failing}/retry")
    await conversation.sent("will fail")
    assert (await conversation.show(picture.getvalue(), "picture-1")).status_code == 202
    await conversation.sent("will fail", "")
    (text, _) = await conversation.own()
    assert (await conversation.post(f"chats/{conversation.chat}/read")).status_code == 202
    assert (await conversation.post(f"chats/{conversation.chat}/answered")).status_code == 202
    await _work_together(conversation)
    assert (
        await conversation.post(f"chats/{conversation.chat}/messages/{text['id']}/delete")
    ).status_code == 202


async def _work_together(conversation: Conversation) -> None:
    chat = f"chats/{conversation.chat}"
    assert (await conversation.post(f"{chat}/owner", owner=None, was=USERNAME)).status_code == 202
    assert (await conversation.post(f"{chat}/owner", owner=USERNAME, was=None)).status_code == 202
    assert (await conversation.post(f"{chat}/notes", text="call after six", ref="note-1")).status_code == 202
    assert (await conversation.thread())["notes"]
    assert (await conversation.post(f"{chat}/notes/note-1/delete")).status_code == 202
    assert USERNAME in (await conversation.panel.get("api/operators"))["operators"]


async def _bring_what_came_unproven(system: System, chat: str) -> None:
    unproven = system.webhook_url.rpartition("/")[0]
    await system.avito.subscribe(unproven)
    message = await system.avito.write(chat, "by a hint")

    async def shown() -> bool:
        async with system.redis as redis:
            return bool(await redis.execute_command("HEXISTS", keys.messages(ACCOUNT, chat), message))

    await until(shown)
    await system.avito.subscribe(system.webhook_url)


async def _redrive_junk(system: System, panel: Panel, redis: Redis) -> None:
    async with httpx2.AsyncClient(timeout=20) as http:
        await http.post(system.webhook_url, content=b"junk")
    await until(lambda: redis.xlen(keys.DEAD))
    assert (await panel.http.post(f"{PATH}api/owner/dead/redrive")).json() == {"redriven": 1}


async def _manage(panel: Panel) -> None:
    api = f"{PATH}api/owner"
    operator = {"name": "vera", "password": "amber-Kettle-90", "role": "operator"}
    assert (await panel.http.post(f"{api}/operators", json=operator)).status_code == 201
    assert (await panel.http.post(f"{api}/operators/vera/end-sessions")).status_code == 200
    assert (await panel.http.post(f"{api}/operators/vera/disable")).status_code == 200
    assert (await panel.http.post(f"{api}/options", json={"take_by_answering": True})).status_code == 200
    made = await panel.http.post(f"{api}/tokens", json={"name": "crm", "scope": "read"})
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    async with httpx2.AsyncClient(base_url=panel.base, timeout=20) as program:
        assert (await program.get(f"{PATH}api/chats", headers=bearer)).status_code == 200
    assert (await panel.http.post(f"{api}/tokens/{made.json()['id']}/revoke")).status_code == 200
    for path in ("operators", "options", "sessions", "tokens", "dead", "status"):
        await panel.get(f"api/owner/{path}")
    await _edit_quick_replies(panel)


async def _edit_quick_replies(panel: Panel) -> None:
    api = f"{PATH}api/quick-replies"
    made = (await panel.http.post(api, json={"name": "hello", "text": "Hello!"})).json()
    assert (await panel.http.post(f"{api}/{made['id']}/delete", json={"version": 1})).status_code == 200
    assert (await panel.http.post(f"{api}/import", content=b"name,text\nhello,Hello!")).status_code == 200


async def _ask_the_coach(panel: Panel) -> None:
    await until(lambda: _is_counted(panel))
    await panel.get("api/coach/waiting")


async def _write_while_closed(system: System, panel: Panel) -> None:
    far = (datetime.now(UTC).weekday() + 3) % 7
    days = [["09:00", "10:00"] if day == far else None for day in range(7)]
    hours = {"zone": "UTC", "days": days, "automatic": {"enabled": True, "text": "Later"}}
    assert (await panel.http.post(f"{PATH}api/owner/hours", json=hours)).status_code == 200
    conversation = Conversation(system, panel, await system.avito.chat())
    await system.avito.write(conversation.chat, "Здравствуйте")
    await until(conversation.truth)


async def _is_counted(panel: Panel) -> bool:
    return bool((await panel.get("api/coach"))["total"]["count"])


def _denial(entry: dict[str, bytes]) -> dict[str, str]:
    return {name: str(entry[name]) for name in ("reason", "object", "username", "context")}


RULING = [("FLUSHALL",), ("CONFIG", "GET", "*"), ("ACL", "LIST"), ("SHUTDOWN",), ("MODULE", "LIST")]
CONTENT: list[tuple[str | int, ...]] = [
    ("XRANGE", keys.JOURNAL, "-", "+"),
    ("XREVRANGE", keys.JOURNAL, "+", "-"),
    ("XREAD", "STREAMS", keys.JOURNAL, 0),
    ("XRANGE", keys.UNVERIFIED, "-", "+"),
    ("XRANGE", keys.DEAD, "-", "+"),
    ("ZRANGE", keys.chats(ACCOUNT), 0, -1),
    ("HGETALL", keys.chat(ACCOUNT, "chat")),
    ("HGETALL", keys.messages(ACCOUNT, "chat")),
    ("HGETALL", keys.notes(ACCOUNT, "chat")),
]
FORGERY: list[tuple[str | int, ...]] = [
    ("PUBLISH", keys.EVENTS, "x"),
    ("XADD", keys.JOURNAL, "*", "e", "{}"),
    ("XTRIM", keys.JOURNAL, "MAXLEN", 0),
    ("EVAL", "return 1", 0),
    ("EVAL", "return redis.call('XLEN', KEYS[1])", 1, keys.INBOX),
    ("XTRIM", keys.INBOX, "MAXLEN", 0),
    ("XDEL", keys.INBOX, "1-1"),
    ("XADD", keys.DEAD, "*", "x", "y"),
    ("SET", keys.heartbeat("worker", "x"), "{}"),
    ("SET", keys.STATE, "x"),
    ("HSET", keys.ROTATION, "current", "mine"),
    ("HSET", keys.FACTS, "mode", "polling"),
]
SECRETS: list[tuple[str | int, ...]] = [
    ("HGETALL", keys.OPERATORS),
    ("HGETALL", keys.TOKENS),
    ("HGETALL", keys.session("x")),
    ("SMEMBERS", keys.sessions_of("x")),
    ("GET", keys.token(ACCOUNT)),
]
ACCOUNTS_OWN: list[tuple[str | int, ...]] = [
    ("GET", keys.token(ACCOUNT)),
    ("HGETALL", keys.AVITO_RATE_LIMIT),
    ("HGETALL", keys.ROTATION),
    ("SET", keys.lease("watch"), "mine"),
    ("HGETALL", keys.verified(ACCOUNT)),
    ("XREADGROUP", "GROUP", "g", "c", "STREAMS", keys.INBOX, ">"),
    ("XGROUP", "CREATE", keys.INBOX, "g", "0"),
    ("HSET", keys.FACTS, "mode", "polling"),
    ("LPUSH", keys.SWITCHES, "{}"),
    ("SADD", keys.ACCOUNTS, 1),
    ("SET", keys.voice(ACCOUNT, "x"), "http://elsewhere"),
    ("HSET", keys.search_words(ACCOUNT), "chat", "x"),
    ("HSET", keys.first_answers(ACCOUNT), "x", "y"),
    ("SET", keys.heartbeat("worker", "x"), "{}"),
]
PEOPLES_OWN: list[tuple[str | int, ...]] = [
    ("HGETALL", keys.OPERATORS),
    ("HGETALL", keys.TOKENS),
    ("HGETALL", keys.session("x")),
    ("HGETALL", keys.login_attempts("x")),
    ("HGETALL", keys.QUICK_REPLIES),
    ("SUBSCRIBE", keys.EVENTS),
    ("HSET", keys.ROTATION, "current", "mine"),
    ("SET", keys.WORKING_HOURS, "{}"),
    ("HSET", keys.OPTIONS, "x", "y"),
    ("SET", keys.heartbeat("gateway", "x"), "{}"),
]
FORBIDDEN: list[tuple[str | int, ...]] = [
    *(("ingest", *command) for command in (*CONTENT, *FORGERY, *SECRETS)),
    *(("gateway", *command) for command in ACCOUNTS_OWN),
    *(("worker", *command) for command in PEOPLES_OWN),
    *((user, *command) for user in (*PARTS, "tools") for command in RULING),
    *((user, "GET", "somebody:elses") for user in (*PARTS, "tools")),
    *((user, "PUBLISH", "somebody:elses", "x") for user in (*PARTS, "tools")),
    *((user, "KEYS", "*") for user in PARTS),
    *(("health", *command) for command in (*CONTENT, *FORGERY, *SECRETS, *RULING)),
]


@pytest.mark.skipif(is_redis_before(7), reason="Redis 6.2 lets a user use each command on each of its keys")
def test_no_user_has_other_permissions_than_it_needs(server: RedisServer) -> None:
    allowed = [attempt for attempt in FORBIDDEN if not is_denied(server, *attempt)]

    assert allowed == []


def is_denied(server: RedisServer, user: str | int, *command: str | int) -> bool:
    url = (
        f"redis://health:any@127.0.0.1:{server.port}"
        if user == "health"
        else url_of(str(user), server.folder)
    )
    with sync_redis.Redis.from_url(url) as client:
        try:
            client.execute_command(*command)
        except sync_redis.exceptions.NoPermissionError:
            return True
        except sync_redis.ResponseError:
            pass
    return False


OLDER_INGEST = """on resetchannels
    ~avito:rotation ~avito:inbox ~avito:hints ~avito:counters ~avito:canary ~avito:trial ~avito:facts
    ~avito:journal ~avito:dead ~avito:switches ~avito:outbox:waiting ~avito:alive:* ~avito:parts:*
    -@all +auth +ping +select +info +get +set +del +mget +sadd +srem +smembers +hgetall +lrange +xadd +xlen
    +xrange +xrevrange +xtrim +zcard"""


async def test_an_ingest_with_the_rights_of_an_older_version_shows_its_status(tmp_path: Path) -> None:
    with running_redis(tmp_path) as server, sync_redis.Redis.from_url(server.url) as admin:
        admin.execute_command("ACL", "SETUSER", "ingest", ">old", *OLDER_INGEST.split())
        admin.xadd(keys.JOURNAL, {"e": b'{"type":"message","seq":1,"at":5.5}'}, id="1-0")
        async with Redis(port=server.port, username="ingest", password="old") as older:
            status = await read_status(older, 0.0)

    assert status["last_event_at"] == 5.5


def test_for_redis_6_the_rules_name_keys_and_commands_alone(tmp_path: Path) -> None:
    rules = make_users(tmp_path, 6379, "--redis-6")

    assert not {"%", "(", ")"} & set(rules)
    assert rules.count("~") == RULES.read_text().count("~") + 1  # that of the test's admin


def test_a_connection_without_a_password_is_refused(server: RedisServer) -> None:
    assert not comes_in(server)
    for user in PARTS:
        assert not comes_in(server, user, "wrong")
    assert comes_in(server, "health", "any")


def comes_in(server: RedisServer, user: str | None = None, password: str | None = None) -> bool:
    with sync_redis.Redis(port=server.port, username=user, password=password) as client:
        try:
            return bool(client.ping())
        except sync_redis.AuthenticationError:
            return False


def test_what_was_written_together_outlives_a_restart(tmp_path: Path) -> None:
    """Redis 7 replays the transactions of its append-only file with the rights of `default`."""
    server = server_with_users(tmp_path, "--appendonly", "yes")
    try:
        server.start()
        with sync_redis.Redis.from_url(server.url) as admin:
            admin.pipeline(transaction=True).set("avito:a", 1).set("avito:b", 1).execute()
            server.end()
            server.start()
            assert {*admin.keys()} == {b"avito:a", b"avito:b"}
        assert not comes_in(server, "default", "any")
    finally:
        server.kill()


def test_as_shipped_no_service_user_can_log_in(tmp_path: Path) -> None:
    acl = tmp_path / "users.acl"
    acl.write_text(readable_rules())
    shipped = RedisServer(tmp_path, free_port(), ("--aclfile", str(acl)))
    shipped.start()
    try:
        for user in (*PARTS, "tools", "default"):
            assert not comes_in(shipped, user, "any")
    finally:
        shipped.kill()


def test_passwords_are_changed_one_service_after_the_other(tmp_path: Path) -> None:
    server = server_with_users(tmp_path)
    server.start()
    with sync_redis.Redis.from_url(server.url) as admin:

        def change() -> str:
            (tmp_path / "users.acl").write_text(make_users(tmp_path, server.port))
            admin.execute_command("ACL LOAD")
            return url_of("worker", tmp_path)

        def still(url: str) -> bool:
            parts = urlsplit(url)
            return comes_in(server, parts.username, parts.password)

        try:
            first = url_of("worker", tmp_path)
            assert still(first)
            second = change()
            assert (still(first), still(second)) == (True, True)
            change()
            assert (still(first), still(second)) == (False, True)
        finally:
            server.kill()


@pytest.mark.parametrize("service", PARTS)
def test_every_key_and_command_that_the_code_names_is_allowed(service: str) -> None:
    files = _files_of(service)
    code = "".join(file.read_text() for file in files)
    rules = RULES.read_text().partition(f"user {service} ")[2].partition("\n")[0].split()
    patterns = [rule.partition("~")[2] for rule in rules if "~" in rule]
    allowed = {rule.strip("+()").partition("|")[0] for rule in rules if "+" in rule}

    scripts = set(re.findall(r"\bscripts\.(\w+)\(", code)).intersection(lua.names())
    named = {key.name for name in scripts for key in lua.head(name).words("keys")}
    samples = {_sample(name) for name in named.union(re.findall(r"\bkeys\.(\w+)", code))} - {None}
    called = {word.lower() for name in scripts for word in _CALL.findall(lua.load(name).text)}
    sent = {word.lower() for word in re.findall(r'(?:execute_command|_run)\(\s*"([A-Z]+)"', code)}

    samples -= _UNREAD.get(service, set())
    unknown = [key for key in samples if not any(fnmatchcase(str(key), pattern) for pattern in patterns)]
    assert unknown == [], f"add them to {RULES.relative_to(PROJECT)}"
    assert (called | sent) - allowed - _UNSENT.get(service, set()) == set()


_CALL = re.compile(r"redis\.p?call\('([A-Za-z]+)'")
_UNSENT = {"ingest": {"hset"}}
"""Only scripts begin the change of the webhook's secret."""
_UNREAD = {"ingest": {keys.JOURNAL}}
"""The journal is read for the status only while no event has come since an upgrade."""
_UNUSED = {"ingest": {"connection.py", "layout.py"}, "gateway": {"layout.py"}}
"""What a service imports and does not run: others open epochs, only workers bring data up."""


def _sample(name: str) -> str | None:
    """Return a key of this name as it might be; None for what is no key."""
    found = getattr(keys, name, getattr(keys, name.upper(), None))
    if found is None or name in {"INBOX_GROUP", "EVENTS", "PREFIX"}:
        return None
    if isinstance(found, str):
        return found
    kinds = inspect.get_annotations(found)
    return str(found(*(ACCOUNT if kind is int else "x" for what, kind in kinds.items() if what != "return")))


def _files_of(service: str) -> set[Path]:
    """Return the service's modules and the shared ones they come to use."""
    found: set[Path] = set()
    waiting = list((PROJECT / FOLDERS[service]).rglob("*.py"))
    unused = {"keys.py", "scripts.py", *_UNUSED.get(service, ())}
    while waiting:
        file = waiting.pop()
        if file in found or file.name in unused:
            continue
        found.add(file)
        paths = [PROJECT / f"{name.replace('.', '/')}.py" for name in _imported(file)]
        waiting += [path for path in paths if path.is_file()]
    return found


def _imported(file: Path) -> set[str]:
    """Return what a module imports of shared/, as dotted names; some name what is no module."""
    imports = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom)]
    ours = [node for node in imports if node.module and node.module.split(".")[0] == "shared"]
    return {str(node.module) for node in ours} | {
        f"{node.module}.{alias.name}" for node in ours for alias in node.names
    }
