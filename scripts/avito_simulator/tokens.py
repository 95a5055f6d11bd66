"""OAuth tokens: keeps, checks and revokes them. Time is an argument."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. `scopes` None: every right of the account."""

    client_id: str
    expires: float
    scopes: tuple[str, ...] | None = None


class TokenBook:
    """Access tokens, and the scopes of authorization codes and refresh tokens, which are used once."""

    def __init__(self) -> None:
        self.access: dict[str, Token] = {}
        self.codes: dict[str, tuple[str, ...]] = {}
        self.refresh_tokens: dict[str, tuple[str, ...]] = {}

    def check(self, value: str, now: float) -> Token | None:
        """Return the token if it is known and has not expired."""
        token = self.access.get(value)
        return token if token and now < token.expires else None

    def revoke(self) -> int:
        """Revoke all access tokens and return how many there were."""
        count = len(self.access)
        self.access.clear()
        return count
