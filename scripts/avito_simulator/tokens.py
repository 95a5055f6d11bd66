"""OAuth tokens: issues, checks and revokes them. Time and new tokens are arguments."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """An access token. `scopes` None: every right of the account."""

    value: str
    client_id: str
    expires: float
    scopes: frozenset[str] | None = None


class TokenBook:
    """Access tokens, refresh tokens (single use) and authorization codes (single use)."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self._codes: dict[str, tuple[str, ...]] = {}
        self._refresh: dict[str, tuple[str, ...]] = {}

    def issue(self, token: Token, *, revoke_old: bool) -> Token:
        """Make a token valid; with `revoke_old`, end the earlier ones."""
        if revoke_old:
            self.revoke()
        self._tokens[token.value] = token
        return token

    def check(self, value: str, now: float) -> Token | None:
        """Return the token if it is known and has not expired."""
        token = self._tokens.get(value)
        return token if token and now < token.expires else None

    def revoke(self) -> int:
        """Revoke all access tokens and return how many there were."""
        count = len(self._tokens)
        self._tokens.clear()
        return count

    def add_code(self, code: str, scopes: tuple[str, ...]) -> None:
        """Add an authorization code, which can be exchanged once."""
        self._codes[code] = scopes

    def add_refresh(self, value: str, scopes: tuple[str, ...]) -> None:
        """Add a refresh token, which can be used once."""
        self._refresh[value] = scopes

    def take_code(self, code: str) -> tuple[str, ...] | None:
        """Return the scopes of a code and end it; None if it is unknown or used."""
        return self._codes.pop(code, None)

    def take_refresh(self, value: str) -> tuple[str, ...] | None:
        """Return the scopes of a refresh token and end it; None if it is unknown or used."""
        return self._refresh.pop(value, None)
