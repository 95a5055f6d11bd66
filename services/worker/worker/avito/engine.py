"""Makes a call with the account's token, and once more with a new one where the token may be the reason."""

from worker.avito.answers import is_refused_token
from worker.avito.errors import AvitoError
from worker.avito.exchange import Exchange, Said, Urgency
from worker.avito.requests import Request
from worker.avito.token import TokenCache

_REMEMBERED_REFUSALS = 512


class Engine:
    """One per process, shared by all callers."""

    def __init__(self, exchange: Exchange, tokens: TokenCache) -> None:
        self._exchange = exchange
        self._tokens = tokens
        self._refusals: dict[tuple[str, str], str] = {}
        self._good = ""

    async def call(self, request: Request, urgency: Urgency) -> Said:
        """Return what Avito said; raises AvitoError.

        A refused token is dropped and the call made once more with a fresh one: then the refusal is meant.
        """
        token = await self._tokens.get()
        try:
            return await self._make(request, urgency, token)
        except AvitoError as error:
            if not is_refused_token(error) or self._is_meant(request, token):
                raise
        await self._tokens.drop(token)
        token = await self._tokens.get()
        try:
            return await self._make(request, urgency, token)
        except AvitoError as error:
            if is_refused_token(error):
                self._remember_refusal(request, token)
            raise

    async def _make(self, request: Request, urgency: Urgency, token: str) -> Said:
        said = await self._exchange.make(request, urgency, token)
        self._good = token
        return said

    def _is_meant(self, request: Request, token: str) -> bool:
        """Whether a fresh token was refused here before: this very one, or one before this one worked."""
        refused = self._refusals.get((request.operation.name, request.path))
        return refused is not None and token in (refused, self._good)

    def _remember_refusal(self, request: Request, token: str) -> None:
        """So that what is forbidden for good does not cost a new token each time."""
        if len(self._refusals) >= _REMEMBERED_REFUSALS:
            self._refusals.pop(next(iter(self._refusals)))
        self._refusals[request.operation.name, request.path] = token
