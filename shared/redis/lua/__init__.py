"""Loads the Lua scripts by name. A script names its parts in its first line, `-- include: _a _b`."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Protocol

from redis.exceptions import NoScriptError

_INCLUDE = re.compile(r"\A-- include: (.*)\n")


class Executor(Protocol):
    """The part of a Redis client that a script needs."""

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command and return its reply."""


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script and its digest. `run` loads it into a Redis that does not know it."""

    text: str
    sha: str

    async def run(self, redis: Executor, keys: list[str], args: list[Any]) -> Any:
        """Run the script atomically; return the raw reply."""
        try:
            return await redis.execute_command("EVALSHA", self.sha, len(keys), *keys, *args)
        except NoScriptError:
            return await redis.execute_command("EVAL", self.text, len(keys), *keys, *args)


@cache
def load(name: str) -> Script:
    """Return the script `<name>.lua` with its parts put in front."""
    text = _read(name)
    included = _INCLUDE.match(text)
    if included:
        text = "".join(_read(part) for part in included[1].split()) + text
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


def _read(name: str) -> str:
    return (resources.files("shared.redis.lua") / f"{name}.lua").read_text(encoding="utf-8")
