"""Growth: the cost of a commit by the number of messages in a thread and of chats."""

from redis.asyncio import Redis

from bench import read_model
from bench.result import Result, at_most
from bench.stage import running_stage

_SAMPLES = 400
_TIMES = 5
_KEEP = 200
_FLAT = 1.5
_LATER = 2_000_000
"""Seconds after all messages that fill a thread."""

Points = list[tuple[float, float]]


async def measure(*, quick: bool) -> Result:
    """Measure at each size, ascending. The thread is always at its bound, as in production."""
    messages = (10, 1000, 10_000) if quick else (10, 100, 1000, 10_000, 100_000, 1_000_000)
    chats = (1, 100, 1000) if quick else (1, 10, 100, 1000, 10_000)
    async with running_stage(redis_options=()) as system, system.redis as redis:
        series = {"messages": await _by_messages(redis, messages), "chats": await _by_chats(redis, chats)}
    units = {"messages": "messages in the thread", "chats": "chats"}
    return Result(
        "Growth",
        "Redis' CPU time for one commit of one new message (INFO cpu), the minimum of five runs of 400.",
        ("read model", "CPU µs in Redis"),
        [(f"{size:,} {units[what]}", f"{us:.0f}") for what, points in series.items() for size, us in points],
        [
            at_most(f"cost at {last:,} {what} relative to {first:,}", most / least, _FLAT, "×")
            for what, ((first, least), *_, (last, most)) in series.items()
        ],
    )


async def _by_messages(redis: Redis, sizes: tuple[int, ...]) -> Points:
    """Grow one thread; each new message is the newest."""
    await read_model.begin(redis)
    (name,) = await read_model.add_chats(redis, 0, 1)
    points: Points = []
    filled = 1
    for size in sizes:
        await read_model.add_messages(redis, name, filled, size)
        filled = size
        points.append((size, await _cost(redis, [name], size, _LATER + size)))
    return points


async def _by_chats(redis: Redis, sizes: tuple[int, ...]) -> Points:
    """Grow the number of chats; new messages go to all of them in turn."""
    await redis.flushall()
    await read_model.begin(redis)
    names: list[str] = []
    points: Points = []
    for size in sizes:
        names += await read_model.add_chats(redis, len(names), size)
        points.append((size, await _cost(redis, names, _KEEP, _LATER * len(points))))
    return points


async def _cost(redis: Redis, names: list[str], keep: int, later: int) -> float:
    """Return the least CPU µs of five runs of commits to chats spread over all, `later` seconds on."""
    step, costs = max(1, len(names) // _SAMPLES), []
    first = read_model.START + later
    for start in range(first, first + _TIMES * _SAMPLES, _SAMPLES):
        changes = [
            read_model.change(names[number * step % len(names)], [start + number])
            for number in range(_SAMPLES)
        ]
        before = await read_model.spent_us(redis)
        await read_model.run(redis, changes, keep)
        costs.append((await read_model.spent_us(redis) - before) / _SAMPLES)
    return min(costs)
