"""Lua scripts. Each declares itself in its head (head.py); scripts.py, made by `make lua`, calls them.

The text of a script is the locals of its arguments, the check of its keys' types, its parts, and the file
itself. A script never fails by a key's type after its first write, which Redis would not roll back.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache, partial
from importlib import resources
from typing import Any, Generic, NamedTuple, TypeVar

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from shared.redis.less_sure import is_forbidden
from shared.redis.lua import constants
from shared.redis.lua.head import BadHeadError, Declared, Head, read_head

T = TypeVar("T")
_KEY = re.compile(r"\bKEYS\.(\w+)")


class Script(NamedTuple):
    """The text of a script and its digest."""

    text: str
    sha: str


class Call(NamedTuple, Generic[T]):
    """A script with its keys and arguments; `read` reads what it returns."""

    name: str
    keys: list[str]
    args: list[Any]
    read: Callable[[Any], T]

    async def run(self, redis: Redis) -> T:
        """Run the script, atomically; load it into a Redis that does not know it. Raises RedisError."""
        try:
            reply = await redis.execute_command(*self.evalsha())
        except NoScriptError:
            reply = await redis.execute_command(*self.eval())
        return self.read(reply)

    def evalsha(self) -> list[Any]:
        """Return the command for a Redis that knows the script."""
        return ["EVALSHA", load(self.name).sha, len(self.keys), *self.keys, *self.args]

    def eval(self) -> list[Any]:
        """Return the command for a Redis that may not know it."""
        return ["EVAL", load(self.name).text, len(self.keys), *self.keys, *self.args]


async def make_known(redis: Redis, name: str) -> None:
    """Load a script into Redis. Raises RedisError."""
    text = load(name).text
    try:
        await redis.script_load(text)
    except ResponseError as error:
        if not is_forbidden(error):
            raise
        with suppress(ResponseError):  # without keys it is loaded, and ends at the check of their types
            await redis.eval(text, 0)


def names() -> list[str]:
    """Return the names of all scripts, without their parts."""
    files = (file.name for file in resources.files(__name__).iterdir())
    return sorted(name.removesuffix(".lua") for name in files if name[0] != "_" and name.endswith(".lua"))


def head(name: str) -> Head:
    """Return what a script or part declares."""
    return read_head(_read(name))


@cache
def load(name: str) -> Script:
    """Return a script, whole. Raises BadHeadError."""
    declared = head(name)
    parts = declared.names("include")
    lacking = {arg for part in parts for arg in head(part).names("args")} - set(declared.names("args"))
    if lacking:
        raise BadHeadError(f"{name}.lua lacks arguments of its parts: {', '.join(sorted(lacking))}")
    text = "\n".join([*_prelude(declared, parts), *map(_read, parts), _read(name)])
    text = _KEY.sub(partial(_number_key, name, declared.key_names()), text)
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


def _read(name: str) -> str:
    return (resources.files(__name__) / f"{name}.lua").read_text(encoding="utf-8")


def _number_key(name: str, known: list[str], found: re.Match[str]) -> str:
    if found[1] not in known:
        raise BadHeadError(f"{name}.lua or a part of it uses a key that is not declared: {found[1]}")
    return f"KEYS[{known.index(found[1]) + 1}]"


def _prelude(declared: Head, parts: list[str]) -> Iterator[str]:
    """Return the lines in front of a script: its constants, keys and arguments, and the check of types."""
    named = {constant for part in parts for constant in head(part).names("constants")}
    for constant in sorted(named | set(declared.names("constants"))):
        yield f"local {constant} = {_literal(getattr(constants, constant))}"
    yield from _arguments(declared.words("args"))
    yield _read("_types")
    for key in declared.keys:
        if key.kind not in ("", "prefix"):
            yield _type_check(key)


def _type_check(key: Declared) -> str:
    is_there = f"KEYS.{key.local} and " if key.mark else ""
    check = f"{is_there}expect_type(KEYS.{key.local}, '{key.kind}')"
    return f"do local wrong = {check} if wrong then return wrong end end"


def _literal(value: str | float) -> str:
    return f"'{value}'" if isinstance(value, str) else repr(value)


def _arguments(args: tuple[Declared, ...]) -> Iterator[str]:
    """Return the lines that make locals of the arguments. A list before the last argument has its length."""
    single = [arg for arg in args if not arg.is_several]
    if any(arg.is_several for arg in args[: len(single)]):
        raise BadHeadError(f"lists and maps come last: {[arg.name for arg in args]}")
    if single:
        values = (_value(arg, str(at)) for at, arg in enumerate(single, 1))
        yield f"local {', '.join(arg.name for arg in single)} = {', '.join(values)}"
    begin = str(len(single) + 1)
    several = args[len(single) :]
    for arg in several:
        end, width = "#ARGV", len(arg.columns) or 1 + (arg.kind == "map")
        if arg is not several[-1]:
            end = f"{begin} + ARGV[{begin}] * {width}"
            begin += " + 1"
        yield f"local {arg.name} = {{}}"
        yield f"for at = {begin}, {end}, {width} do {_element(arg)} end"
        begin = f"{end} + 1"


def _element(arg: Declared) -> str:
    if arg.kind == "map":
        return f"{arg.name}[ARGV[at]] = ARGV[at + 1]"
    values = [_value(column, f"at + {number}") for number, column in enumerate(arg.columns)]
    row = ", ".join(f"{column.name} = {value}" for column, value in zip(arg.columns, values, strict=True))
    return f"{arg.name}[#{arg.name} + 1] = {f'{{{row}}}' if arg.columns else _value(arg, 'at')}"


def _value(arg: Declared, at: str) -> str:
    forms = {"number": "tonumber(ARGV[{}])", "bool": "ARGV[{}] == '1'"}
    return forms.get(arg.kind, "ARGV[{}]").format(at)
