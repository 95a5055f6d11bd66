"""Runs the attacks one after the other against a new system, and returns the result of each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from shared.redis import keys
from tests.fuzz import attacks, paths
from tests.fuzz.stage import Figures, Stage, set_up


@dataclass(frozen=True, slots=True)
class Sizes:
    """The size of each attack. `examples`: requests per operation, client and kind of data."""

    examples: int
    mutations: int
    sequences: int
    webhooks: int


SHORT = Sizes(examples=1, mutations=40, sequences=400, webhooks=2_500)
LONG = Sizes(examples=25, mutations=1_500, sequences=20_000, webhooks=100_000)


async def fuzz(folder: Path, sizes: Sizes, seed: int, told: Callable[[Figures], None]) -> list[Figures]:
    """Run all attacks; `told` is called with the figures of each."""
    plan: list[tuple[str, Callable[[Stage, Figures, int, int], Awaitable[None]], int]] = [
        ("HTTP paths", paths.paths, sizes.examples),
        ("uploads", attacks.uploads, sizes.mutations),
        ("WebSocket sequences", attacks.sockets, sizes.sequences),
        ("webhook bodies and heads", attacks.webhooks, sizes.webhooks),
    ]
    done: list[Figures] = []
    async with set_up(folder) as stage:
        for name, attack, size in plan:
            async with stage.watched(name) as figures:
                await attack(stage, figures, size, seed)
            async with stage.system.redis as redis:
                await redis.delete(keys.DEAD)
            done.append(figures)
            told(figures)
    return done
