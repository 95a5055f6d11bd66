"""The end of `make up`: prints the address, the login and the next step."""

import asyncio
import os
import sys
from collections.abc import Mapping

from redis.exceptions import RedisError

from avito_live.runner import banner, configuration, redis_address
from avito_live.runner.errors import NotRunningError
from push_gateway.auth import operators
from shared.redis import connection
from shared.settings import SettingsError, exit_with


async def password_that_opens(values: Mapping[str, str]) -> str | None:
    """Return the password in the settings if it works; None if it does not, or cannot be checked."""
    username, password = values.get("ADMIN_USERNAME", ""), values.get("ADMIN_PASSWORD", "")
    try:
        url = redis_address.find(os.environ)
        async with connection.connect(url, names_epoch=False, timeout=3) as redis:
            operator = await operators.find_typed(redis, username)
        known = await operators.Passwords().check(operator, password)
    except (NotRunningError, RedisError, OSError):
        return None
    return password if known else None


def main() -> int:
    """Print the banner."""
    try:
        values = configuration.load(os.environ)
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
                env_file=str(configuration.home(os.environ) / ".env"),
                logs="`make logs`",
                stop="`make down`",
            )
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
