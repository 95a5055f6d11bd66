"""Voice messages: a murmur with the melody of speech, always the same for an id."""

import io
import math
import wave
from array import array
from functools import lru_cache
from random import Random

RATE = 16_000  # samples a second


@lru_cache(maxsize=16)
def voice(voice_id: str) -> bytes:
    """Return a mono WAV of two to five seconds."""
    rng = Random(voice_id)  # noqa: S311 # reproducible, not secret
    samples = array("h")
    pitch = rng.uniform(95, 190)
    for _ in range(rng.randrange(9, 20)):
        samples.extend(_syllable(pitch * rng.uniform(0.9, 1.2), int(RATE * rng.uniform(0.09, 0.2))))
        samples.extend([0] * int(RATE * rng.choice((0.02, 0.04, 0.04, 0.16))))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def _syllable(pitch: float, length: int) -> "array[int]":
    """Return a tone with a few harmonics that swells and fades."""
    sounds = array("h")
    for position in range(length):
        phase = 2 * math.pi * pitch * position / RATE
        tone = sum(math.sin(n * phase) / n for n in range(1, 6))
        sounds.append(int(5000 * tone * math.sin(math.pi * position / length)))
    return sounds
