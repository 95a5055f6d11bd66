"""The context of a command: settings, Redis, the client of Avito, and the output in the user's language."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partialmethod
from pathlib import Path

from click.exceptions import Exit
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis
from redis.exceptions import RedisError

from avito_live.confirmation import is_agreed
from avito_live.runner import configuration, redis_address
from avito_live.runner.errors import NotRunningError
from avito_live.runner.installation import redis_remedy
from avito_live.runner.parts import SIMULATOR_KEYS, is_demo
from avito_live.settings_store import SettingsStore
from avito_live.webhook_setup.words import Language, say
from shared import masking
from shared.accounts import webhook_secrets
from shared.accounts.webhook_secrets import Rotation
from shared.process.redis_trouble import in_words
from shared.redis import connection, keys
from shared.settings import Environment, SettingsError
from worker.avito.client import AvitoClient, open_client
from worker.features.configuration import configure
from worker.settings import Settings, WebhookAddress, read_settings

FAILED, SETTINGS, NO_REDIS, REFUSED = 1, 2, 3, 4
"""Exit codes: Avito or the check failed; settings; Redis unreachable; refused or not confirmed."""

_NOWHERE = "redis://127.0.0.1:1/0"
_PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class System:
    """The system that the commands are for. `values`: `.env` and the environment.

    `redis_url`: "" where nothing runs here. `redis_error`: why Redis does not answer, if it was asked.
    `demo`: the demo of `make run` runs, or would, since nothing runs here. `problems`: of the settings, each
    begins with the name of its variable. `secrets`: SECRETS_DIR, if it is set.
    """

    home: Path
    values: Mapping[str, str] = field(repr=False)
    redis_url: str = field(repr=False)
    redis_error: Exception | None
    demo: bool
    problems: tuple[str, ...] = ()
    secrets: Path | None = None

    def lacks(self, *names: str) -> bool:
        """Tell whether one of these settings is missing or wrong."""
        return any(problem.partition(" ")[0] in names for problem in self.problems)


NO_SYSTEM = System(Path(), {}, "", None, demo=False)


@dataclass(frozen=True, slots=True)
class CommandContext:
    """The context of one command.

    `explicit`: WEBHOOK_URL is set. `redis_trouble`: why Redis does not answer, or ''. `forced`: every
    question is answered with yes.
    """

    settings: Settings
    address: WebhookAddress
    explicit: bool
    redis: Redis
    redis_trouble: str
    avito: AvitoClient
    language: Language
    forced: bool
    system: System = NO_SYSTEM

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
        return is_agreed(self.word(word, **values))

    def tell_address(self) -> None:
        """Print our webhook's URL without its secret; without one the command ends."""
        if not self.address.url:
            raise self.stop(SETTINGS, "no_address")
        self.tell("webhook_is", url=masking.masked_url(self.address.url))

    async def is_wanted(self) -> bool | None:
        """Tell whether the owner wants the webhook, None where nobody has said so.

        A worker notes that none is wanted where Avito listed none of ours: that is nobody's word.
        """
        wanted, said_by = await self.redis.hmget(keys.FACTS, ["wanted", "wanted_by"])
        unsaid = wanted is None or (wanted == b"0" and said_by == b"list")
        return None if unsaid else wanted == b"1"

    async def want(self, *, wanted: bool) -> None:
        """Store whether the owner wants the webhook; the worker follows within two seconds."""
        if not self.redis_trouble:
            await self.redis.hset(keys.FACTS, mapping={"wanted": int(wanted), "wanted_by": "owner"})


@asynccontextmanager
async def open_context(
    environ: Mapping[str, str], language: Language, *, forced: bool, examines: bool = False
) -> AsyncIterator[CommandContext]:
    """Open everything. Raises SettingsError; if Redis does not answer, `redis_trouble` says why.

    `examines`: the command also makes sense for a demo, which has no keys, and where settings are wrong: the
    system has their problems, and only those of a line of `.env` are raised.
    """
    system, settings, trouble = _look(environ, examines=examines)
    async with connection.connect(
        system.redis_url or _NOWHERE, names_epoch=False, timeout=_PATIENCE_S
    ) as redis:
        rotation, error = (None, None) if trouble else await _rotation(redis)
        if error:
            trouble = in_words(error, redis_remedy(system.values, system.home))
            system = replace(system, redis_error=error)
        accepted = webhook_secrets.accepted_secrets(settings.address.secrets, rotation, time.time())
        reached = connection.connect(_NOWHERE, names_epoch=False) if trouble else redis
        async with (
            reached as shared,  # a Redis that hangs must not hold up the calls to Avito
            open_client(
                shared,
                settings.keys,
                settings.api_url,
                per_minute=settings.calls_per_minute,
                registry=CollectorRegistry(),
            ) as avito,
        ):
            yield CommandContext(
                settings,
                settings.address.proving(accepted),
                bool(system.values.get("WEBHOOK_URL", "").strip()),
                redis,
                trouble,
                avito,
                language,
                forced,
                system,
            )


def _look(environ: Mapping[str, str], *, examines: bool) -> tuple[System, Settings, str]:
    """Return the system, its settings, and why there is no Redis, or ''. Raises SettingsError."""
    values, home = configuration.load(environ), configuration.home(environ)
    url, trouble, unread = _find(environ, examines=examines)
    demo = examines and is_demo(values) and not unread
    demo = demo and (not url or redis_address.of_run(home) is not None)
    settings, problems = _settings({**values, **SIMULATOR_KEYS} if demo else values, examines=examines)
    secrets = SettingsStore.of(environ).secrets
    return System(home, values, url, unread, demo, problems, secrets), settings, trouble


def _find(environ: Mapping[str, str], *, examines: bool) -> tuple[str, str, SettingsError | None]:
    """Return the URL of Redis, or "" and why there is none; SettingsError: the one that was given is none."""
    try:
        return redis_address.find(environ), "", None
    except NotRunningError as error:
        return "", str(error), None
    except SettingsError as error:
        if not examines:
            raise
        return "", "; ".join(error.problems), error


def _settings(values: Mapping[str, str], *, examines: bool) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings and their problems, with which only an examining command goes on."""
    try:
        return configure(values).settings, ()
    except SettingsError as error:
        if not examines:
            raise
        return read_settings(Environment(values)), tuple(error.problems)


async def _rotation(redis: Redis) -> tuple[Rotation | None, Exception | None]:
    """Return the change of the secret, and why Redis does not answer, if it does not."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            return await webhook_secrets.load(redis), None
    except (RedisError, OSError) as error:
        return None, error
