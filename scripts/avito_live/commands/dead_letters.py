"""`make dead` lists the webhooks that could not be committed, `make redrive [ID=…]` retries them."""

import os
import sys
import time
from collections.abc import Mapping, Sequence

from redis.asyncio import Redis

from avito_live.runner.errors import CommandError
from avito_live.runner.redis_command import run_on_redis
from shared.redis import keys
from shared.wires import dead_letters
from shared.wires.dead_letters import DeadLetter

SHOWN = 50
_REASON_WIDE = 60
_BODY_WIDE = 80


def lines(letters: Sequence[DeadLetter]) -> list[str]:
    """Return the letters as a table, one line each, without control characters."""
    rows = [("id", "since", "reason", "webhook")]
    rows += [(one.id, _time(one.at), _cut(one.reason, _REASON_WIDE), _body(one)) for one in letters]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    return ["  ".join([*map(str.ljust, row[:3], wide), row[3]]) for row in rows]


def _time(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def _body(letter: DeadLetter) -> str:
    return _cut(letter.webhook.body.decode("utf-8", "replace"), _BODY_WIDE) or "(nothing)"


def _cut(text: str, wide: int) -> str:
    shown = "".join(sign if sign.isprintable() else " " for sign in text[: wide + 1]).rstrip()
    return shown if len(text) <= wide else f"{shown[: wide - 1]}…"


async def show(redis: Redis) -> str:
    """Return the newest dead letters as a table."""
    letters, total = await dead_letters.newest(redis, SHOWN), int(await redis.xlen(keys.DEAD))
    if not letters:
        return "There are no dead letters."
    more = [f"… and {total - len(letters)} older ones"] if total > len(letters) else []
    hint = "`make redrive` retries all of them, `make redrive ID=…` one."
    return "\n".join([*lines(letters), *more, "", hint])


async def redrive(redis: Redis, letter_id: str) -> str:
    """Put one dead letter, or all, back into the inbox. Raises CommandError."""
    if letter_id:
        if not await dead_letters.redrive(redis, letter_id):
            raise CommandError(f"There is no dead letter {letter_id}: `make dead` lists them.")
        return f"{letter_id} is in the inbox again."
    count = await dead_letters.redrive_all(redis)
    return f"{count} in the inbox again; `make dead` lists those that fail again."


async def act(redis: Redis, action: str, values: Mapping[str, str]) -> str:
    """Run the action and return its report. Raises CommandError."""
    match action:
        case "list":
            return await show(redis)
        case "redrive":
            return await redrive(redis, values.get("ID", "").strip())
        case _:
            raise CommandError("The action must be list or redrive.")


def main() -> int:
    """Run the command and print its report."""

    async def do(redis: Redis) -> int:
        print(await act(redis, sys.argv[1] if len(sys.argv) > 1 else "list", os.environ))
        return 0

    return run_on_redis(do)


if __name__ == "__main__":
    sys.exit(main())
