"""A queue with keys that take turns: the many items of one hold up those of no other."""

from collections import deque
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Items in a queue for each key; a key whose item was taken goes behind the others."""

    def __init__(self) -> None:
        self._queues: dict[Hashable, deque[T]] = {}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def put(self, key: Hashable, item: T) -> None:
        """Add an item behind the others of its key."""
        self._queues.setdefault(key, deque()).append(item)
        self._length += 1

    def take(self) -> T:
        """Remove and return the oldest item of the key whose turn it is; there must be one."""
        key, queue = next(iter(self._queues.items()))
        del self._queues[key]
        item = queue.popleft()
        if queue:
            self._queues[key] = queue
        self._length -= 1
        return item

    def drop(self) -> T:
        """Remove and return the newest item of the key that has most; there must be one."""
        key = max(self._queues, key=lambda key: len(self._queues[key]))
        item = self._queues[key].pop()
        if not self._queues[key]:
            del self._queues[key]
        self._length -= 1
        return item
