"""Removes data for good: that of a buyer who asks for it, that of an account which is no longer served."""

import os
import time

import click
from redis.asyncio import Redis

from avito_live.erasure import accounts, chats, redis_files
from avito_live.output import tell
from avito_live.runner import configuration
from avito_live.runner.errors import RunError
from avito_live.runner.redis_command import run_on_redis
from shared.redis import keys
from shared.wires import heartbeat

_RUNNING = (
    "Workers are running and would write the data again. Stop them first: Ctrl-C at `make run`, "
    "`docker compose stop ingest worker push-gateway`, or systemctl stop 'avito-worker@*'"
)


@click.command
@click.option("--buyer", type=click.IntRange(min=0), help="The buyer's number at Avito.")
@click.option("--chat", default="", help="The id of one chat.")
def forget(buyer: int | None, chat: str) -> None:
    """Remove a buyer's data for good.

    Say --buyer or --chat. A hash stays, so that no sweep and no restored backup brings older data back. Redis
    rewrites its files, so that nothing stays on its disk. Avito keeps its own data. If it is interrupted, run
    it again.
    """
    if (buyer is None) == (not chat):
        raise click.UsageError("Which buyer or chat? make forget BUYER=<number at Avito>, or CHAT=<chat id>")

    async def do(redis: Redis) -> str:
        found = await (chats.holding(redis, chat) if buyer is None else chats.chats_of(redis, buyer))
        for one in found:
            now = time.time()
            # The record first: if this is interrupted, a later restore still knows.
            chats.remember(configuration.home(os.environ), one, now)
            await chats.forget(redis, one, now)
        if found:
            await chats.begin_epoch(redis)
        report = await _rewrite_files(redis)
        if not found:
            raise RunError(f"There is no data of that buyer or chat.\n{report}")
        tell(report)
        return (
            f"Removed {len(found)} chats.\n"
            "Older backups still hold them until you delete those files;\n"
            "if one is restored, var/forgotten.jsonl removes them again: keep that file with your backups."
        )

    tell(run_on_redis(do))


@click.command
@click.argument("old", metavar="ACCOUNT", type=click.IntRange(min=0), required=False)
def account(old: int | None) -> None:
    """Remove the data of an account that is no longer served.

    ACCOUNT is its number at Avito. First put the new account's keys and number into .env and stop the
    services; then run this; then start them. Stop `make run` as well: its Redis is started for this command.
    """
    if old is None:
        raise click.UsageError("Which account is to be removed? make account FROM=…")

    async def do(redis: Redis) -> str:
        held = {int(one) for one in await redis.smembers(keys.ACCOUNTS)}
        if old not in held:
            named = ", ".join(map(str, sorted(held))) or "none"
            raise RunError(f"No data of account {old}, there are: {named}\n{await _rewrite_files(redis)}")
        if configuration.load(os.environ).get("AVITO_USER_ID", "").strip() == str(old):
            raise RunError(f"AVITO_USER_ID is still {old}: put the new account into .env first")
        if await heartbeat.live_processes(redis, "worker"):
            raise RunError(_RUNNING)
        removed = await accounts.remove_account(redis, old)
        await chats.begin_epoch(redis)
        tell(await _rewrite_files(redis))
        return f"Removed {removed} keys of account {old}. Start the services, then `make subscribe`."

    tell(run_on_redis(do))


async def _rewrite_files(redis: Redis) -> str:
    """Rewrite Redis' files, also where nothing is left to remove: a run may have been interrupted before."""
    return "\n".join(await redis_files.rewrite(redis))
