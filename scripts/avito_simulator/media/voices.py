"""Voice messages: a hum, always the same for an id."""

import io
import math
import wave
from array import array
from functools import lru_cache
from random import Random

RATE = 16_000  # samples a second


@lru_cache(maxsize=16)
def voice(voice_id: str) -> bytes:
    """Return a mono WAV of two to five seconds that swells and fades like speech."""
    rng = Random(voice_id)  # noqa: S311 # reproducible, not secret
    pitch, swell, length = rng.uniform(95, 190), rng.uniform(2, 4), int(RATE * rng.uniform(2, 5))
    turns = [2 * math.pi * position / RATE for position in range(length)]
    tone = (math.sin(turn * pitch) + math.sin(2 * turn * pitch) / 2 for turn in turns)
    samples = array(
        "h", (int(9000 * one * math.sin(turn * swell)) for one, turn in zip(tone, turns, strict=True))
    )
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return buffer.getvalue()
