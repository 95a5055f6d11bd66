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
    """Access tokens, and the scopes of authorization codes and refresh tokens, which are used once."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}
        self.codes: dict[str, tuple[str, ...]] = {}
        self.refresh_tokens: dict[str, tuple[str, ...]] = {}

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
