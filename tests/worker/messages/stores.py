"""Empty databases of one real server, for tests that commit to thousands of them."""

from collections.abc import Sequence
from itertools import count
from typing import Any

import redis

from shared.redis import lua
from shared.redis.lua import scripts
from worker.messages.commit import Change, command

DATABASES = 16
"""Those of a server: each is emptied when it is used again."""


class Stores:
    """Gives each list of changes a store of its own, the last 16 of which stay."""

    def __init__(self, url: str) -> None:
        self._clients = [redis.Redis.from_url(url, db=number) for number in range(DATABASES)]
        self._turns = count()

    def run(self, changes: Sequence[Change], keep: int = 200) -> Any:
        """Commit them to an empty store and return its client."""
        store = self._clients[next(self._turns) % DATABASES]
        with store.pipeline(transaction=False) as pipeline:
            pipeline.flushdb()
            pipeline.execute_command(*scripts.open_epoch(run_id="run-1", fresh="epoch-1").eval())
            pipeline.script_load(lua.load("commit").text)
            for number, change in enumerate(changes):
                pipeline.execute_command(*command(change, 2_000_000_000.0 + number, keep))
            pipeline.execute()
        return store

    def close(self) -> None:
        """Empty and leave the server."""
        self._clients[0].flushall()
        for client in self._clients:
            client.close()
