"""The context of a command: settings, Redis, the client of Avito, and the output in the user's language."""

import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partialmethod

import click
from click.exceptions import Exit
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from redis.exceptions import RedisError

from avito_live import interruptible
from avito_live.env_readers import AmbiguousLine
from avito_live.runner import configuration, redis_address
from avito_live.runner.errors import NotRunningError
from avito_live.webhook_setup.words import Language, say
from shared import masking
from shared.accounts import webhook_secrets
from shared.redis import connection, keys
from worker.app import configure
from worker.avito.client import AvitoClient, open_client
from worker.settings import Settings, WebhookAddress

FAILED, SETTINGS, NO_REDIS, REFUSED = 1, 2, 3, 4
"""Exit codes: Avito or the check failed; settings; Redis unreachable; refused or not confirmed."""

_NOWHERE = "redis://127.0.0.1:1/0"
_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The context of one command.

    `explicit`: WEBHOOK_URL is set. `redis_trouble`: why Redis does not answer, or ''. `forced`: every
    question is answered with yes. `ambiguous`: lines of `.env` that other readers read differently.
    """

    settings: Settings
    address: WebhookAddress
    explicit: bool
    redis: Redis
    redis_trouble: str
    avito: AvitoClient
    language: Language
    forced: bool
    ambiguous: tuple[AmbiguousLine, ...] = ()

    def word(self, word: str, **values: object) -> str:
        """Return a message in the user's language."""
        return say(self.language, word, **values)

    def tell(self, word: str, sign: str = " ", **values: object) -> None:
        """Print a message; `good`: something is in order, `warn`: it may be wrong, `bad`: it is wrong."""
        with suppress(OSError):  # a closed terminal must not interrupt a change
            print(f"{sign} {self.word(word, **values)}", flush=True)

    good = partialmethod(tell, sign="✓")
    warn = partialmethod(tell, sign="!")
    bad = partialmethod(tell, sign="✗")

    def stop(self, code: int, word: str, **values: object) -> Exit:
        """Print what is wrong, and return the exception that ends the command with this exit code."""
        self.bad(word, **values)
        return Exit(code)

    def confirm(self, word: str, **values: object) -> bool:
        """Ask a question; without a terminal the answer is no."""
        if self.forced or not sys.stdin.isatty():
            return self.forced
        with interruptible.at_the_terminal():
            question = f"? {self.word(word, **values)} [y/N]"
            answer = click.prompt(question, "", show_default=False, prompt_suffix=" ")
        return answer.strip().lower() in ("y", "yes", "д", "да")

    def tell_address(self) -> None:
        """Print our webhook's URL without its secret; without one the command ends."""
        if not self.address.url:
            raise self.stop(SETTINGS, "no_address")
        self.tell("webhook_is", url=masking.masked_url(self.address.url))

    async def want(self, *, wanted: bool) -> None:
        """Store whether the owner wants the webhook; the worker follows within two seconds."""
        if not self.redis_trouble:
            await self.redis.hset(keys.FACTS, mapping={"wanted": int(wanted), "wanted_by": "owner"})


@asynccontextmanager
async def open_context(
    environ: Mapping[str, str], language: Language, *, forced: bool
) -> AsyncIterator[CommandContext]:
    """Open everything. Raises SettingsError; if Redis does not answer, `redis_trouble` says why."""
    values = configuration.load(environ)
    settings = configure(values).settings
    address, trouble = settings.address, ""
    try:
        url = redis_address.find(environ)
    except NotRunningError as error:
        url, trouble = _NOWHERE, str(error)
    async with connection.connect(url, names_epoch=False, timeout=_PATIENCE_S) as redis:
        try:
            rotation = None if trouble else await webhook_secrets.load(redis)
            accepted = webhook_secrets.accepted_secrets(address.secrets, rotation, time.time())
            address = address.proving(accepted)
        except (RedisError, OSError) as error:
            trouble = type(error).__name__
        async with open_client(
            redis,
            settings.keys,
            settings.api_url,
            per_minute=settings.calls_per_minute,
            registry=CollectorRegistry(),
        ) as avito:
            explicit = bool(values.get("WEBHOOK_URL", "").strip())
            ambiguous = configuration.read_differently(configuration.home(environ) / ".env")
            yield CommandContext(
                settings, address, explicit, redis, trouble, avito, language, forced, ambiguous
            )
