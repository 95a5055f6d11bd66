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
  Login     {username}   Password  {password}
  Next      {next_step}

{more}  Logs: {logs}. Stop with {stop}.
"""
_DEMO = "open the panel and answer a buyer"
_MORE_DEMO = """\
  This is the demo: made-up buyers write and answer. Nothing reaches Avito.
  To connect a real account, put its keys (www.avito.ru/professionals/api) and its number into
  {env_file} as AVITO_CLIENT_ID, AVITO_CLIENT_SECRET and AVITO_USER_ID, the public host of this
  machine as DOMAIN, and start again: nothing of the demo remains.
"""
_POLLING = "put the public host of this machine into {env_file} as DOMAIN, and start again"
_MORE_POLLING = """\
  Until then the system polls Avito. After `make subscribe` messages arrive as soon as they are written.
"""
_SUBSCRIBE = "`make subscribe` in another terminal: messages then arrive as soon as they are written"
_MORE_SUBSCRIBE = """\
  Avito posts them to https://{domain}/admin/avito/webhook/…, which must lead here.
"""


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
    if demo:
        step, more = _DEMO, _MORE_DEMO
    elif domain:
        step, more = _SUBSCRIBE, _MORE_SUBSCRIBE
    else:
        step, more = _POLLING, _MORE_POLLING
    return _TEXT.format(
        panel=panel,
        username=values.get("ADMIN_USERNAME", "").strip() or "(your operator)",
        password=password or "(the one you chose after the first start)",
        next_step=step.format(env_file=env_file),
        more=more.format(env_file=env_file, domain=domain),
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
