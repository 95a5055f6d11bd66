"""The secrets of a rotation on ingest's own disk, so that they prove also at a start without Redis."""

import contextlib
import os
from pathlib import Path

import orjson

from shared.accounts.webhook_secrets import Rotation, fingerprint

RotationRecord = list[tuple[bytes, float | None]]
"""Digests of secrets, the one in use first, each with the time (Unix s) at which it expires, if it does."""


def record_of(
    configured: tuple[str, ...], secrets: tuple[str, ...], digests: list[bytes], rotation: Rotation
) -> RotationRecord:
    """Return the record to save; an empty one where the settings say the same. Pure."""
    if secrets == configured:
        return []
    return [
        (digest, rotation.until if secret == rotation.previous else None)
        for secret, digest in zip(secrets, digests, strict=True)
    ]


class RotationFile:
    """One file for each installation and its settings, in the spool's folder. Blocks: call it in a thread."""

    def __init__(self, folder: Path, configured: tuple[str, ...], owner: str) -> None:
        self._path = folder / f"proves-{fingerprint(''.join(configured[:1]))}"
        self._temporary = folder / f".proves-{owner}"
        self._saved: RotationRecord | None = None

    def load(self, now: float) -> list[bytes]:
        """Return the digests that prove now; none where there is no file, or it cannot be read."""
        try:
            lines = orjson.loads(self._path.read_bytes())
            found: RotationRecord = [(bytes.fromhex(digest), until) for digest, until in lines]
            return [digest for digest, until in found if until is None or now < until]
        except (OSError, ValueError, TypeError):
            return []

    def save(self, record: RotationRecord) -> None:
        """Write the record if it has changed; an empty one removes the file. Raises OSError."""
        if record == self._saved:
            return
        if record:
            self._write(orjson.dumps([(digest.hex(), until) for digest, until in record]))
        else:
            self._path.unlink(missing_ok=True)
        self._saved = record

    def _write(self, text: bytes) -> None:
        temporary = self._temporary
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(temporary, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)
        except OSError:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
