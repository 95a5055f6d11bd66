"""Ids in the forms Avito uses, drawn from one seeded source."""

import string
from random import Random
from uuid import UUID

# The alphabet of live chat ids: URL-safe base64 style, with the tilde.
_CHAT_ALPHABET = string.ascii_letters + string.digits + "-_~"
_WORD_ALPHABET = string.ascii_letters + string.digits


class Ids:
    """Fresh ids; the same seed gives the same ids in the same order."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def message(self) -> str:
        """Return a message id: 32 hex characters."""
        return f"{self._rng.getrandbits(128):032x}"

    def chat(self, chat_type: str) -> str:
        """Return a chat id: the type, a dash, and 22 characters that need correct percent-encoding."""
        return f"{chat_type}-{self._word(_CHAT_ALPHABET, 22)}"

    def uuid(self) -> str:
        """Return a UUID of version 4, for events and voice messages."""
        return str(UUID(int=self._rng.getrandbits(128), version=4))

    def token(self) -> str:
        """Return an access or refresh token."""
        return f"sim-tok-{self._word(_WORD_ALPHABET, 24)}"

    def image(self) -> str:
        """Return the id of an uploaded picture: a number, a dot, letters."""
        return f"{self._rng.randrange(10_000, 99_999)}.{self._word(_WORD_ALPHABET, 18)}"

    def user(self) -> int:
        """Return a user's number."""
        return self._rng.randrange(100_000_000, 399_999_999)

    def item(self) -> int:
        """Return an item's number, beyond 32 bits as real ones."""
        return self._rng.randrange(4_300_000_000, 7_900_000_000)

    def _word(self, alphabet: str, length: int) -> str:
        return "".join(self._rng.choices(alphabet, k=length))
