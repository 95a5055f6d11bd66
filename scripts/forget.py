"""`make forget BUYER=…` or `CHAT=…`: remove what is held of a buyer, for good, on the buyer's request.

BUYER is the buyer's number at Avito, CHAT the id of one chat. A hash stays, so that no sweep and no restored
backup brings anything older back. Redis writes its files anew, so that nothing stays on its disk. Avito keeps
what it has. Cut off, it is run again: that finishes it. Exit code 0: removed; 1: nothing was found.
"""

import os
import sys
import time

from redis.asyncio import Redis

from erasure import chats, redis_files
from runner import configuration, redis_command
from runner.errors import CommandError


async def forget(redis: Redis) -> int:
    """Find the chats, remove them, write them into the book."""
    buyer, chat = (os.environ.get(name, "").strip() for name in ("BUYER", "CHAT"))
    if bool(buyer) == bool(chat) or (buyer and not buyer.isdigit()):
        raise CommandError("Say who: make forget BUYER=<number at Avito>, or CHAT=<chat id>")
    found = await (chats.chats_of(redis, int(buyer)) if buyer else chats.holding(redis, chat))
    if not found:
        print(
            *await redis_files.write_anew(redis), sep="\n"
        )  # one that was cut off may have left words there
        raise CommandError("Nothing is held of that buyer or chat.")
    now = time.time()
    for one in found:
        # The book first: should this stop half way, a later restore still knows.
        chats.write_down(configuration.home(os.environ), [chats.entry_of(one, now)])
        await chats.forget(redis, one, now)
    await chats.begin_epoch(redis)
    written = await redis_files.write_anew(redis)
    print(f"Removed {len(found)} chats.", *written, sep="\n")
    print("Older backups still hold them until you delete those files;")
    print("should one be restored, var/forgotten.jsonl removes them again: keep that file with your backups.")
    return 0


if __name__ == "__main__":
    sys.exit(redis_command.run_on_redis(forget))
