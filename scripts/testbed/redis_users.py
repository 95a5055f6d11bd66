"""A Redis with a user for each service, for a test run that shows that each can do its work with it."""

import os
import re
from pathlib import Path

from redis.asyncio import Redis

from avito_live import PROJECT

SWITCH = "TEST_REDIS_USERS"
"""In the environment: every system under test has such a Redis (`make test-redis-users`)."""
SERVICES = ("ingest", "worker", "gateway")
REDIS_ADMIN = "admin:admin-of-the-test"
_RULES = PROJECT / "deploy" / "redis" / "users.acl"


def wanted() -> bool:
    """Tell whether this test run is one with users."""
    return SWITCH in os.environ


def write_rules(path: Path) -> None:
    """Write the file for redis-server's `aclfile`: the users as shipped, each with its name as password."""
    rules = re.sub(r"^user (\S+) on ", r"user \1 on >\1 ", _RULES.read_text("utf-8"), flags=re.MULTILINE)
    name, _, password = REDIS_ADMIN.partition(":")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{rules}user {name} on >{password} ~* &* +@all\n", "utf-8")


async def denials(admin: Redis) -> list[str]:
    """Return what the users were denied since the server began."""
    log = await admin.execute_command("ACL LOG")
    return [f"{entry['username']!r} {entry['reason']!r} {entry['object']!r}" for entry in log]
