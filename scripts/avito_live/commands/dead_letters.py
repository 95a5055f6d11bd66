"""Lists the webhooks that could not be committed, and retries them."""

import time

import click
from redis.asyncio import Redis

from avito_live.output import tell
from avito_live.runner.errors import RunError
from avito_live.runner.redis_command import run_on_redis
from shared.printable import printable
from shared.redis import keys
from shared.wires import dead_letters
from shared.wires.webhook_body import readable

_SHOWN = 50


@click.command
def dead() -> None:
    """List the webhooks that could not be committed."""
    tell(run_on_redis(_list))


@click.command
@click.argument("letter_id", metavar="[ID]", required=False)
def redrive(letter_id: str | None) -> None:
    """Retry the dead letters: all, or the one with this ID."""
    if letter_id == "":
        raise click.UsageError("The ID is empty; without one all are retried.")

    async def do(redis: Redis) -> str:
        if letter_id is None:
            count = await dead_letters.redrive_all(redis)
            return f"{count} in the inbox again; `make dead` lists those that fail again."
        if not await dead_letters.redrive(redis, letter_id):
            raise RunError(f"There is no dead letter {letter_id}: `make dead` lists them.")
        return f"{letter_id} is in the inbox again."

    tell(run_on_redis(do))


async def _list(redis: Redis) -> str:
    letters, total = await dead_letters.newest(redis, _SHOWN), int(await redis.xlen(keys.DEAD))
    if not letters:
        return "There are no dead letters."
    lines = [f"{'id':<17}  {'since':<19}  {'reason':<40}  webhook"]
    for letter in letters:
        since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(letter.at))
        body = _cut(readable(letter.webhook).decode("utf-8", "replace"), 80) or "(nothing)"
        reason = _cut(letter.reason, 60) + (f" ({letter.count} that day)" if letter.count > 1 else "")
        lines.append(f"{letter.id:<17}  {since}  {reason:<40}  {body}")
        if letter.outcome:
            lines.append(f"{'':<40}{letter.outcome}")
    if total > len(letters):
        lines.append(f"… and {total - len(letters)} older ones")
    return "\n".join(
        [*map(printable, lines), "", "`make redrive` retries all of them, `make redrive ID=…` one."]
    )


def _cut(text: str, wide: int) -> str:
    """Return the beginning of a text, in one line."""
    shown = printable(text[: wide + 1]).rstrip()
    return shown if len(shown) <= wide else f"{shown[: wide - 1]}…"
