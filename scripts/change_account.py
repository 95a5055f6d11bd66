"""`make account FROM=…`: remove the data of an Avito account that is not served any more.

First put the new account's keys and number into .env and stop the services; then this; then start them.
Where `make run` is what runs, stop it: its Redis is started for this.
Exit code 0: removed; 1: it was not.
"""

import os
import sys

from redis.asyncio import Redis

from erasure import chats, redis_files
from erasure.accounts import leave
from runner import configuration, redis_command
from runner.errors import CommandError
from shared.process import heartbeat
from shared.redis import keys

_RUNNING = (
    "Workers still run and would write it all anew. Stop them first: Ctrl-C at `make run`, "
    "`docker compose stop ingest worker push-gateway`, or systemctl stop 'avito-worker@*'"
)


async def change(redis: Redis) -> int:
    """Check that nobody serves the old account any more, then remove it."""
    old = os.environ.get("FROM", "").strip()
    accounts = {int(account) for account in await redis.execute_command("SMEMBERS", keys.ACCOUNTS)}
    if not old.isdigit() or int(old) not in accounts:
        if old.isdigit():
            print(
                *await redis_files.write_anew(redis), sep="\n"
            )  # one that was cut off may have left words there
        held = ", ".join(map(str, sorted(accounts))) or "none"
        raise CommandError(f"Say which account goes: make account FROM=… (held: {held})")
    if configuration.load(os.environ).get("AVITO_USER_ID", "").strip() == old:
        raise CommandError(f"AVITO_USER_ID is still {old}: put the new account into .env first")
    if await heartbeat.living(redis, "worker"):
        raise CommandError(_RUNNING)
    removed = await leave(redis, int(old))
    await chats.begin_epoch(redis)
    print(*await redis_files.write_anew(redis), sep="\n")
    print(f"Removed {removed} keys of account {old}. Start the services, then `make subscribe`.")
    return 0


if __name__ == "__main__":
    sys.exit(redis_command.run_on_redis(change))
