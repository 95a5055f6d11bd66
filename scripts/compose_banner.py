"""The end of `make up`: address, login and next step."""

import asyncio
import os
import sys
from collections.abc import Mapping

from redis.exceptions import RedisError

import find_redis
import given_settings
from avito_live_run import banner
from push_gateway.auth import operators
from shared.redis import connection
from shared.settings import SettingsError, exit_with


async def password_that_opens(values: Mapping[str, str]) -> str | None:
    """Return the password of the settings while it is the operator's; None: it is not, or nobody can say."""
    username, password = values.get("ADMIN_USERNAME", ""), values.get("ADMIN_PASSWORD", "")
    try:
        url = find_redis.find(os.environ)
        async with connection.connect(url, names_epoch=False, timeout=3) as redis:
            operator = await operators.find_typed(redis, username)
        known = await operators.Passwords().check(operator, password)
    except (find_redis.NotRunningError, RedisError, OSError):
        return None
    return password if known else None


def main() -> int:
    """Print them."""
    try:
        values = given_settings.load(os.environ)
        password = asyncio.run(password_that_opens(values))
    except SettingsError as error:
        exit_with(error)
    domain = values.get("DOMAIN", "")
    print(
        banner.text(
            banner.Facts(
                panel=f"https://{domain}/admin/avito/",
                username=values.get("ADMIN_USERNAME", ""),
                password=password,
                demo=False,
                domain=domain,
                env_file=str(given_settings.home(os.environ) / ".env"),
                logs="`make logs`",
                stop="`make down`",
            )
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
