"""What the head of a Lua script declares is what its text and its Python function do."""

import subprocess
import sys
from typing import Any

import pytest
from redis.asyncio import Redis

from avito_live import PROJECT
from shared.redis import lua
from shared.redis.lua.head import BadHeadError, read_head

pytestmark = pytest.mark.anyio
TYPED = [
    (name, at, key.local)
    for name in lua.names()
    for at, key in enumerate(lua.head(name).keys)
    if key.kind not in ("", "prefix")
]


@pytest.fixture
async def files(real_redis: Redis, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the only scripts there are, by name, to be filled."""
    await real_redis.ping()  # a connection opens with scripts of ours
    made = {"_types": lua._read("_types")}
    monkeypatch.setattr(lua, "_read", made.__getitem__)
    monkeypatch.setattr(lua, "load", lua.load.__wrapped__)
    return made


async def run(redis: Redis, name: str, keys: list[str], *args: Any) -> Any:
    return await redis.execute_command("EVAL", lua.load(name).text, len(keys), *keys, *args)


def test_the_functions_are_up_to_date() -> None:
    made = subprocess.run(
        [sys.executable, "scripts/lua_scripts.py", "--check"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert made.stderr == ""


@pytest.mark.parametrize(("name", "at", "key"), TYPED)
async def test_a_key_of_another_type_is_refused_before_anything_is_written(
    real_redis: Redis, name: str, at: int, key: str
) -> None:
    declared = lua.head(name).keys
    names = [f"key{number}" for number in range(len(declared))]
    wrong = ("SET", names[at], "x") if declared[at].kind != "string" else ("RPUSH", names[at], "x")
    await real_redis.execute_command(*wrong)

    with pytest.raises(Exception, match=f"WRONGTYPE {names[at]} holds"):
        await real_redis.execute_command("EVAL", lua.load(name).text, len(names), *names, *"0" * 40)

    assert [one.decode() for one in await real_redis.keys("key*")] == [names[at]]


async def test_arguments_arrive_as_they_are_declared(real_redis: Redis, files: dict[str, str]) -> None:
    files["echo"] = (
        "-- args: word when:time? size:number none:number? yes:bool no:bool few* rows(id flag:bool)*\n"
        "--   more:map\n"
        "return {word, when, size + 1, tostring(none), tostring(yes), tostring(no), table.concat(few, ' '),\n"
        "  #rows, rows[2].id, tostring(rows[2].flag), more.name}\n"
    )

    given = ["a", "", 41, "", 1, 0, 2, "x", "y", 2, "r1", 0, "r2", 1, "name", "value"]

    assert await run(real_redis, "echo", [], *given) == [
        *(b"a", b"", 42, b"nil", b"true", b"false", b"x y"),
        *(2, b"r2", b"true", b"value"),
    ]


async def test_keys_are_called_by_name_in_scripts_and_parts(real_redis: Redis, files: dict[str, str]) -> None:
    files["_part"] = "local function first() return KEYS.state end\n"
    files["whole"] = (
        "-- include: _part\n-- keys: state:hash reply:prefix\n-- given: lease:string\n"
        "return {first(), KEYS.reply_prefix .. 'r1', KEYS.lease}\n"
    )

    assert await run(real_redis, "whole", ["s", "reply:", "l"]) == [b"s", b"reply:r1", b"l"]


async def test_a_key_that_may_be_absent_is_nil(real_redis: Redis, files: dict[str, str]) -> None:
    files["maybe"] = "-- keys: state:hash withdrawn:zset?\nreturn KEYS.withdrawn or 'none'\n"

    assert await run(real_redis, "maybe", ["s"]) == b"none"
    assert await run(real_redis, "maybe", ["s", "w"]) == b"w"


async def test_constants_are_those_of_python(real_redis: Redis, files: dict[str, str]) -> None:
    files["_part"] = "-- constants: INBOX_GROUP\nlocal group = INBOX_GROUP\n"
    files["say"] = "-- include: _part\n-- constants: CLOCKS_APART_S\nreturn {group, CLOCKS_APART_S}\n"

    assert await run(real_redis, "say", []) == [
        lua.constants.INBOX_GROUP.encode(),
        lua.constants.CLOCKS_APART_S,
    ]


@pytest.mark.parametrize(
    "text",
    [
        "-- keys: state:hash\nreturn KEYS.journal\n",
        "-- include: _of_a_chat\n-- args: account_id\n",
        "-- keys: state:hash, journal:stream\n",
        "-- args: names* now:time\n",
    ],
)
def test_a_script_that_declares_less_than_it_uses_is_refused(files: dict[str, str], text: str) -> None:
    files["_of_a_chat"] = "-- args: account_id chat_id\n"
    files["bad"] = text

    with pytest.raises(BadHeadError):
        lua.load("bad")


def test_a_head_ends_where_the_comment_does() -> None:
    head = read_head("-- Says it. And more.\n-- keys: state:hash\n--   inbox:stream\n-- why.\n\n-- keys: x\n")

    assert head.about == "Says it. And more. why."
    assert head.names("keys") == ["state", "inbox"]


def test_no_script_calls_a_key_or_an_argument_by_number() -> None:
    texts = [path.read_text() for path in (PROJECT / "shared/redis/lua").glob("*.lua")]

    assert [text for text in texts if "KEYS[" in text or "ARGV[" in text] == []


async def test_a_call_loads_its_script_into_a_redis_that_does_not_know_it(real_redis: Redis) -> None:
    await real_redis.script_flush()
    call: lua.Call[bool] = lua.Call("drop_if_same", ["k"], ["v"], bool)
    await real_redis.set("k", "v")

    assert await call.run(real_redis)
    assert not await call.run(real_redis)
