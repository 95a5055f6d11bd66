"""A Redis in which every service has its own user, from the shipped file."""

import hashlib
from pathlib import Path

from avito_live.commands.redis_users import RULES, USERS, with_passwords
from testbed import RedisServer, free_port

ADMIN = "admin-of-the-test"


def password_of(user: str) -> str:
    """Return the password a test gives this user."""
    return f"{user}-password-of-the-test"


def server_with_users(folder: Path) -> RedisServer:
    """Return a Redis, not started yet, with one more user for the test, who may do everything."""
    folder.mkdir(parents=True, exist_ok=True)
    hashes = {user: [hashlib.sha256(password_of(user).encode()).hexdigest()] for user in USERS}
    rules = with_passwords(RULES.read_text(encoding="utf-8"), hashes)
    path = folder / "users.acl"
    path.write_text(f"{rules}user {ADMIN} on >{password_of(ADMIN)} ~* &* +@all\n", encoding="utf-8")
    login = f"{ADMIN}:{password_of(ADMIN)}@"
    return RedisServer(folder, free_port(), ("--aclfile", str(path)), login=login)


def url_of(user: str, server: RedisServer) -> str:
    """Return the URL of this user."""
    return f"redis://{user}:{password_of(user)}@127.0.0.1:{server.port}/0"
