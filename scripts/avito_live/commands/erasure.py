"""Removes data for good: that of a buyer who asks for it, that of an account which is no longer served."""

import os
import re
import time

import click
from redis.asyncio import Redis

from avito_live.confirmation import YES, confirm
from avito_live.erasure import accounts, chats, redis_files
from avito_live.outcome import told
from avito_live.output import tell
from avito_live.runner import configuration, redis_data
from avito_live.runner.errors import RunError
from avito_live.runner.folders import Folders
from avito_live.runner.parts import SIMULATOR_KEYS, is_demo
from avito_live.runner.redis_command import run_on_redis
from shared.command_names import HAS_MAKE
from shared.redis import keys
from shared.wires import heartbeat

_RUNNING = (
    "Workers are running and would write the data again. Stop them first: Ctrl-C at `make run`, "
    + ("`docker compose stop ingest worker push-gateway`, " if HAS_MAKE else "")
    + "or systemctl stop 'avito-worker@*'"
)


_OF_THE_DEMO = (
    "this is the demo, and that account its own: put a real account's keys into .env, and nothing of the "
    "demo remains when you start again"
)
_HALF_DONE = "The removal is not complete: {}. Run it again: it goes on."


def _number(context: click.Context, parameter: click.Parameter, text: str | None) -> int | None:
    """Read a number at Avito, in plain digits: Python also reads 1_0 as 10, which is another buyer."""
    if text is not None and not re.fullmatch(r"[0-9]{1,19}", text):
        raise click.BadParameter(f"{text!r} is not a number", context, parameter)
    return None if text is None else int(text)


@click.command
@click.option("--buyer", callback=_number, help="The buyer's number at Avito.")
@click.option("--chat", default="", help="The id of one chat.")
@YES
def forget(buyer: int | None, chat: str, *, yes: bool) -> None:
    """Remove a buyer's data for good.

    Say --buyer or --chat. A hash stays, so that no sweep and no restored backup brings older data back. Redis
    rewrites its files, so that nothing stays on its disk. Avito keeps its own data. If it is interrupted, run
    it again.
    """
    if (buyer is None) == (not chat):
        raise click.UsageError(
            "Which buyer or chat? make forget BUYER=<number at Avito>, or make forget CHAT=<id>"
        )

    async def do(redis: Redis) -> str:
        found = await (chats.holding(redis, chat) if buyer is None else chats.chats_of(redis, buyer))
        if not found:
            tell(await _rewrite_files(redis))
            raise RunError("there is no data of that buyer or chat (any more)")
        named = ", ".join(chat_id for _, chat_id in found)
        confirm(f"Remove {len(found)} chats for good ({named})?", yes=yes)
        for one in found:
            now = time.time()
            # The record first: if this is interrupted, a later restore still knows.
            chats.remember(configuration.home(os.environ), one, now)
            work.begun = True
            await chats.forget(redis, one, now)
        return (
            f"Removed {len(found)} chats. {await _rewrite_files(redis)}\n"
            "Older backups still hold them until you delete those files;\n"
            "if one is restored, var/forgotten.jsonl removes them again: keep that file with your backups."
        )

    with told("Nothing was removed: {}.", _HALF_DONE) as work:
        said = run_on_redis(do)
    tell(said)


@click.command
@click.argument("old", metavar="ACCOUNT", callback=_number, required=False)
@YES
def account(old: int | None, *, yes: bool) -> None:
    """Remove the data of an account that is no longer served.

    ACCOUNT is its number at Avito. First put the new account's keys and number into .env and stop the
    services; then run this; then start them. Stop `make run` as well: its Redis is started for this command.
    """
    if old is None:
        raise click.UsageError("Which account is to be removed? make account FROM=…")

    async def do(redis: Redis) -> str:
        values = configuration.load(os.environ)
        if values.get("AVITO_USER_ID", "").strip() == str(old):
            raise RunError(f"AVITO_USER_ID is still {old}: put the new account into .env first")
        if str(old) == SIMULATOR_KEYS["AVITO_USER_ID"] and is_demo(values):
            raise RunError(_OF_THE_DEMO)
        held = {int(one) for one in await redis.smembers(keys.ACCOUNTS)}
        if old not in held:
            named = ", ".join(map(str, sorted(held))) or "none"
            tell(await _rewrite_files(redis))
            raise RunError(f"there is no data of account {old}, there are: {named}")
        if await heartbeat.live_processes(redis, "worker"):
            raise RunError(_RUNNING)
        confirm(f"Remove account {old} with {await redis.zcard(keys.chats(old))} chats for good?", yes=yes)
        work.begun = True
        removed = await accounts.remove_account(redis, old)
        said = f"Removed {removed} keys of account {old}. {await _rewrite_files(redis)}"
        return f"{said}\nStart the services, then `make subscribe`."

    with told("Nothing was removed: {}.", _HALF_DONE) as work:
        said = run_on_redis(do)
    tell(said)


async def _rewrite_files(redis: Redis) -> str:
    """Rewrite Redis' files, also where nothing is left to remove: a run may have been interrupted before.

    What `make run` once cut off from them goes as well.
    """
    for demo in (False, True):
        redis_data.remove_copies(Folders(configuration.home(os.environ), demo).redis)
    try:
        return "\n".join(await redis_files.rewrite(redis))
    except redis_files.StillInFilesError as error:
        raise RunError(str(error)) from None
