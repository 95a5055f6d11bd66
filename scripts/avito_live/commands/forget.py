"""`make forget BUYER=…` or `CHAT=…`: removes a buyer's data for good, on the buyer's request.

BUYER is the buyer's number at Avito, CHAT the id of one chat. A hash stays, so that no sweep and no restored
backup brings older data back. Redis rewrites its files, so that nothing stays on its disk. Avito keeps its
own data. If it is interrupted, run it again. Exit code 0: removed; 1: nothing was found.
"""

import os
import sys
import time

from redis.asyncio import Redis

from avito_live.erasure import chats, redis_files
from avito_live.runner import configuration, redis_command
from avito_live.runner.errors import CommandError


async def forget(redis: Redis) -> int:
    """Find the chats, remove them, and add them to the record."""
    buyer, chat = (os.environ.get(name, "").strip() for name in ("BUYER", "CHAT"))
    if bool(buyer) == bool(chat) or (buyer and not buyer.isdigit()):
        raise CommandError("Which buyer or chat? make forget BUYER=<number at Avito>, or CHAT=<chat id>")
    found = await (chats.chats_of(redis, int(buyer)) if buyer else chats.holding(redis, chat))
    if not found:
        print(*await redis_files.rewrite(redis), sep="\n")  # an interrupted run may have left data there
        raise CommandError("There is no data of that buyer or chat.")
    now = time.time()
    for one in found:
        # The record first: if this is interrupted, a later restore still knows.
        chats.append(configuration.home(os.environ), [chats.entry_of(one, now)])
        await chats.forget(redis, one, now)
    await chats.begin_epoch(redis)
    written = await redis_files.rewrite(redis)
    print(f"Removed {len(found)} chats.", *written, sep="\n")
    print("Older backups still hold them until you delete those files;")
    print("if one is restored, var/forgotten.jsonl removes them again: keep that file with your backups.")
    return 0


if __name__ == "__main__":
    sys.exit(redis_command.run_on_redis(forget))
