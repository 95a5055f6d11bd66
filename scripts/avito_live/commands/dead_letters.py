"""Lists the webhooks that could not be committed, and retries them."""

import time
from collections.abc import Sequence

import click
from redis.asyncio import Redis

from avito_live.runner.errors import CommandError
from avito_live.runner.redis_command import run_on_redis
from shared.redis import keys
from shared.wires import dead_letters
from shared.wires.dead_letters import DeadLetter

SHOWN = 50
_REASON_WIDE = 60
_BODY_WIDE = 80


@click.command
def dead() -> None:
    """List the webhooks that could not be committed."""
    click.echo(run_on_redis(show))


@click.command
@click.argument("letter_id", metavar="[ID]", default="")
def redrive(letter_id: str) -> None:
    """Retry the dead letters: all, or the one with this ID."""
    click.echo(run_on_redis(lambda redis: put_back(redis, letter_id)))


def lines(letters: Sequence[DeadLetter]) -> list[str]:
    """Return the letters as a table, one line each, without control characters."""
    rows = [("id", "since", "reason", "webhook")]
    rows += [(one.id, _time(one.at), _cut(one.reason, _REASON_WIDE), _body(one)) for one in letters]
    wide = [max(len(row[column]) for row in rows) for column in range(3)]
    return ["  ".join([*map(str.ljust, row[:3], wide), row[3]]) for row in rows]


async def show(redis: Redis) -> str:
    """Return the newest dead letters as a table."""
    letters, total = await dead_letters.newest(redis, SHOWN), int(await redis.xlen(keys.DEAD))
    if not letters:
        return "There are no dead letters."
    more = [f"… and {total - len(letters)} older ones"] if total > len(letters) else []
    hint = "`make redrive` retries all of them, `make redrive ID=…` one."
    return "\n".join([*lines(letters), *more, "", hint])


async def put_back(redis: Redis, letter_id: str) -> str:
    """Put one dead letter, or all, back into the inbox. Raises CommandError."""
    if letter_id:
        if not await dead_letters.redrive(redis, letter_id):
            raise CommandError(f"There is no dead letter {letter_id}: `make dead` lists them.")
        return f"{letter_id} is in the inbox again."
    count = await dead_letters.redrive_all(redis)
    return f"{count} in the inbox again; `make dead` lists those that fail again."


def _time(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def _body(letter: DeadLetter) -> str:
    return _cut(letter.webhook.body.decode("utf-8", "replace"), _BODY_WIDE) or "(nothing)"


def _cut(text: str, wide: int) -> str:
    shown = "".join(sign if sign.isprintable() else " " for sign in text[: wide + 1]).rstrip()
    return shown if len(text) <= wide else f"{shown[: wide - 1]}…"
