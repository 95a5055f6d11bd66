"""The text that a user reads once everything runs: the panel's address, the login, the next step."""

from collections.abc import Mapping
from pathlib import Path

from redis.exceptions import RedisError

from push_gateway.auth import operators
from push_gateway.auth.passwords import Passwords
from shared.redis import connection

_TEXT = """
Avito Live is ready.

  Panel     {panel}
  Login     {username}
  Password  {password}

  {next_step}
  Logs: {logs}. Stop with {stop}.
"""
_DEMO = """\
This is the demo: made-up buyers write and answer. Nothing reaches Avito.
  To connect a real account:
    1. get its keys at www.avito.ru/professionals/api (client id, client secret);
    2. put them into {env_file} as AVITO_CLIENT_ID, AVITO_CLIENT_SECRET, AVITO_USER_ID
       (the number of the account), and the public host of this machine as DOMAIN;
    3. stop with Ctrl-C and start `make run` again: nothing of the demo remains."""
_POLLING = """\
The system polls Avito for messages now. To receive them as soon as they are written:
  put the public host of this machine into {env_file} as DOMAIN, start again,
  and run `make subscribe` in another terminal."""
_SUBSCRIBE = """\
To receive messages as soon as they are written: `make subscribe` in another terminal.
  Avito then posts to https://{domain}/admin/avito/webhook/…, which must lead here."""


def text(
    *,
    values: Mapping[str, str],
    panel: str,
    password: str | None,
    demo: bool,
    env_file: Path,
    logs: Path | str,
    stop: str = "Ctrl-C",
) -> str:
    """Return the text of the banner. `password` None: the one in the settings no longer works. Pure."""
    domain = values.get("DOMAIN", "").strip()
    step = _DEMO if demo else _SUBSCRIBE if domain else _POLLING
    return _TEXT.format(
        panel=panel,
        username=values.get("ADMIN_USERNAME", "").strip() or "(your operator)",
        password=password or "(the one you chose after the first start)",
        next_step=step.format(env_file=env_file, domain=domain),
        logs=logs,
        stop=stop,
    )


async def working_password(redis_url: str, values: Mapping[str, str]) -> str | None:
    """Return the password in the settings if it opens the panel; None also if Redis does not answer."""
    password = values.get("ADMIN_PASSWORD", "").strip()
    try:
        async with connection.connect(redis_url, names_epoch=False, timeout=3) as redis:
            operator = await operators.find_typed(redis, values.get("ADMIN_USERNAME", "").strip())
    except (RedisError, OSError, operators.NoOperatorError):
        return None
    return password if await Passwords().check(operator, password) else None
