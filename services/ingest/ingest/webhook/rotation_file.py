"""What ingest learned of a rotation, on its own disk: it proves also when Redis is away at the next start."""

import contextlib
import os
from pathlib import Path

import orjson

from shared.accounts.webhook_secrets import Rotation, fingerprint

RotationRecord = list[tuple[bytes, float | None]]
"""Digests of secrets, the one in use first, each with the time (Unix s) at which it ends, if it does."""


def record_of(
    own: tuple[str, ...], secrets: tuple[str, ...], digests: list[bytes], rotation: Rotation
) -> RotationRecord:
    """Return what is to be remembered; nothing where the settings say the same. Pure."""
    if secrets == own:
        return []
    return [
        (digest, rotation.until if secret == rotation.previous else None)
        for secret, digest in zip(secrets, digests, strict=True)
    ]


class RotationFile:
    """One file an installation and its settings, in the folder of the spool. Blocks; call it in a thread."""

    def __init__(self, folder: Path, own: tuple[str, ...], owner: str) -> None:
        self._path = folder / f"proves-{fingerprint(''.join(own[:1]))}"
        self._beside = folder / f".proves-{owner}"
        self._written: RotationRecord | None = None

    def recall(self, now: float) -> list[bytes]:
        """Return the digests that prove now; none where nothing was learned, or cannot be read."""
        try:
            lines = orjson.loads(self._path.read_bytes())
            found: RotationRecord = [(bytes.fromhex(digest), until) for digest, until in lines]
            return [digest for digest, until in found if until is None or now < until]
        except (OSError, ValueError, TypeError):
            return []

    def remember(self, now_known: RotationRecord) -> None:
        """Write it down if it is news. Raises OSError."""
        if now_known == self._written:
            return
        if now_known:
            self._write(orjson.dumps([(digest.hex(), until) for digest, until in now_known]))
        else:
            self._path.unlink(missing_ok=True)
        self._written = now_known

    def _write(self, text: bytes) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(self._beside, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            self._beside.replace(self._path)
        except OSError:
            with contextlib.suppress(OSError):
                self._beside.unlink(missing_ok=True)
            raise
