"""OAuth tokens: issued, checked, revoked. Time and new tokens come in as arguments."""

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
        """Make a token valid, ending the client's earlier ones if asked."""
        if revoke_old:
            self.revoke()
        self._tokens[token.value] = token
        return token

    def check(self, value: str, now: float) -> Token | None:
        """The token, if it is known and not over."""
        token = self._tokens.get(value)
        return token if token and now < token.expires else None

    def revoke(self) -> int:
        """Forget all access tokens; returns how many."""
        count = len(self._tokens)
        self._tokens.clear()
        return count

    def add_code(self, code: str, scopes: tuple[str, ...]) -> None:
        """Let an authorization code be exchanged once."""
        self._codes[code] = scopes

    def add_refresh(self, value: str, scopes: tuple[str, ...]) -> None:
        """Let a refresh token be used once."""
        self._refresh[value] = scopes

    def take_code(self, code: str) -> tuple[str, ...] | None:
        """The scopes a code stands for, once; None if it is unknown or used."""
        return self._codes.pop(code, None)

    def take_refresh(self, value: str) -> tuple[str, ...] | None:
        """The scopes a refresh token stands for, once."""
        return self._refresh.pop(value, None)
