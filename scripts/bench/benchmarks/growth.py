"""Growth: the cost of a commit by the number of messages in a thread and of chats."""

from redis import Redis

from bench import read_model
from bench.processes import Processes, open_processes
from bench.result import Result, Target

_SAMPLES = 400
_TIMES = 5
_KEEP = 200
_FLAT = 1.5


def measure(messages: tuple[int, ...], chats: tuple[int, ...]) -> Result:
    """Measure at each size, ascending. The thread is always at its bound, as in production."""
    with open_processes() as processes:
        by_messages = _by_messages(processes, messages)
        by_chats = _by_chats(processes, chats)
    rows = [(f"{size:,} messages in the thread", f"{us:.0f}") for size, us in by_messages]
    rows += [(f"{size:,} chats", f"{us:.0f}") for size, us in by_chats]
    return Result(
        "Growth",
        "Redis' CPU time for one commit of one new message (INFO cpu), the minimum of five runs of 400.",
        ("read model", "CPU µs in Redis"),
        tuple(rows),
        tuple(
            Target(
                f"cost at {points[-1][0]:,.0f} {what} relative to {points[0][0]:,.0f}",
                points[-1][1] / points[0][1],
                _FLAT,
                "×",
                at_least=False,
            )
            for what, points in (("messages", by_messages), ("chats", by_chats))
        ),
        series={"messages": by_messages, "chats": by_chats},
    )


def _by_messages(processes: Processes, sizes: tuple[int, ...]) -> list[tuple[float, float]]:
    """Grow one thread; each new message is the newest."""
    points: list[tuple[float, float]] = []
    process = processes.redis("no")
    with Redis.from_url(processes.redis_url) as redis:
        read_model.begin(redis)
        read_model.add_chats(redis, ["one"])
        filled = 1
        for size in sizes:
            read_model.add_messages(redis, "one", filled, size)
            filled = size
            newest = read_model.START + 2_000_000 + size  # after all others
            points.append((size, _cost(redis, ["one"], size, newest)))
    processes.end(process)
    return points


def _by_chats(processes: Processes, sizes: tuple[int, ...]) -> list[tuple[float, float]]:
    """Grow the number of chats; new messages go to all of them in turn."""
    points: list[tuple[float, float]] = []
    process = processes.redis("no")
    with Redis.from_url(processes.redis_url) as redis:
        redis.flushall()
        read_model.begin(redis)
        names: list[str] = []
        for size in sizes:
            more = [f"chat-{number}" for number in range(len(names), size)]
            read_model.add_chats(redis, more)
            names += more
            newest = read_model.START + 2_000_000 * len(points)
            points.append((size, _cost(redis, names, _KEEP, newest)))
    processes.end(process)
    return points


def _cost(redis: Redis, names: list[str], keep: int, from_: int) -> float:
    """Return the least cost of five runs of commits to chats spread over all, from second `from_` on."""
    step = max(1, len(names) // _SAMPLES)
    costs = []
    for sample in range(_TIMES):
        start = from_ + sample * _SAMPLES
        changes = [
            read_model.change(names[number * step % len(names)], [start + number])
            for number in range(_SAMPLES)
        ]
        costs.append(read_model.cost_us(redis, changes, keep))
    return min(costs)
