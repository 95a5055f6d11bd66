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
        samples.extend(_syllable(rng, pitch))
        samples.extend([0] * int(RATE * rng.choice((0.02, 0.04, 0.04, 0.16))))
    return _wav(samples)


def _syllable(rng: Random, pitch: float) -> "array[int]":
    """Return a vowel: harmonics of a gliding tone, loudest near two formants."""
    length = int(RATE * rng.uniform(0.09, 0.2))
    formants = rng.choice(((730, 1090), (530, 1840), (400, 2000), (570, 840), (300, 870)))
    start, glide = pitch * rng.uniform(0.9, 1.2), rng.uniform(-0.15, 0.1)
    loudness = [_loudness(harmonic * start, formants) for harmonic in range(1, 14)]
    scale = 9000 / sum(loudness)
    sounds = array("h")
    phase = 0.0
    for position in range(length):
        share = position / length
        phase += 2 * math.pi * start * (1 + glide * share) / RATE
        tone = sum(loud * math.sin(n * phase) for n, loud in enumerate(loudness, start=1))
        sounds.append(int(scale * tone * math.sin(math.pi * share) ** 0.6))
    return sounds


def _loudness(frequency: float, formants: tuple[int, int]) -> float:
    return sum(1 / (1 + ((frequency - peak) / 140) ** 2) for peak in formants) + 0.03


def _wav(samples: "array[int]") -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()
