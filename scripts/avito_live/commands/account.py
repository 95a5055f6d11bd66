"""`make account FROM=…`: removes the data of an Avito account that is no longer served.

First put the new account's keys and number into .env and stop the services; then run this; then start them.
Stop `make run` as well: its Redis is started for this command. Exit code 0: removed; 1: not removed.
"""

import os
import sys

from redis.asyncio import Redis

from avito_live.erasure import chats, redis_files
from avito_live.erasure.accounts import remove_account
from avito_live.runner import configuration, redis_command
from avito_live.runner.errors import CommandError
from shared.redis import keys
from shared.wires import heartbeat

_RUNNING = (
    "Workers are running and would write the data again. Stop them first: Ctrl-C at `make run`, "
    "`docker compose stop ingest worker push-gateway`, or systemctl stop 'avito-worker@*'"
)


async def change(redis: Redis) -> int:
    """Check that no worker serves the old account, then remove it."""
    old = os.environ.get("FROM", "").strip()
    accounts = {int(account) for account in await redis.execute_command("SMEMBERS", keys.ACCOUNTS)}
    if not old.isdigit() or int(old) not in accounts:
        if old.isdigit():
            print(*await redis_files.rewrite(redis), sep="\n")  # an interrupted run may have left data there
        held = ", ".join(map(str, sorted(accounts))) or "none"
        raise CommandError(f"Which account is to be removed? make account FROM=… (there are: {held})")
    if configuration.load(os.environ).get("AVITO_USER_ID", "").strip() == old:
        raise CommandError(f"AVITO_USER_ID is still {old}: put the new account into .env first")
    if await heartbeat.live_processes(redis, "worker"):
        raise CommandError(_RUNNING)
    removed = await remove_account(redis, int(old))
    await chats.begin_epoch(redis)
    print(*await redis_files.rewrite(redis), sep="\n")
    print(f"Removed {removed} keys of account {old}. Start the services, then `make subscribe`.")
    return 0


if __name__ == "__main__":
    sys.exit(redis_command.run_on_redis(change))
