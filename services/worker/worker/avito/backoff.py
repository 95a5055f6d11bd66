"""How long to wait before the next try. Pure."""

LEAST_S = 1.0
MOST_S = 60.0


def backoff(tries: int, chance: float) -> float:
    """Seconds after `tries` failures in a row (1, 2, …): doubling from 1 to 60, jittered.

    `chance`: a random number in [0, 1]; the wait lies in the upper half of its step.
    """
    step = LEAST_S * 2.0 ** min(max(tries - 1, 0), 6)
    return max(LEAST_S, min(step, MOST_S) * (0.5 + 0.5 * chance))
