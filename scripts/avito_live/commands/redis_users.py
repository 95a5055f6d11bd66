"""Gives every service its own Redis user, from deploy/redis/users.acl."""

import hashlib
import os
import re
import secrets
from pathlib import Path

import click

from avito_live import env_file
from avito_live.output import tell
from avito_live.runner import configuration
from avito_live.runner.redis_cli import SERVICE_USERS

_USER = re.compile(r"^user (\S+) on ", re.MULTILINE)
_READ_OR_WRITE = re.compile(r"%R?W?~|[()]")
_PASSWORD = re.compile(r"^REDIS_URL=redis://[^:]*:([0-9a-f]{48})@", re.MULTILINE)
_NEWEST_HASH = re.compile(r"^user (\S+) on (#[0-9a-f]{64} )", re.MULTILINE)


@click.command
@click.option("--address", default="redis:6379", show_default=True, help="Host and port of Redis.")
@click.option("--forget", is_flag=True, help="End the previous passwords at once, since one has leaked.")
@click.option("--redis-6", is_flag=True, help="For Redis 6, which cannot tell reading from writing.")
def redis_users(address: str, forget: bool, redis_6: bool) -> None:
    """Make a Redis user for every service, with new passwords.

    Writes var/redis/users.acl (for Redis' `aclfile`, with hashes only) and an env file for each user with its
    REDIS_URL. The previous passwords work until the next run, so that services can be restarted one by one.
    """
    if not re.fullmatch(r"[A-Za-z0-9._-]+:[0-9]{1,5}", address) or int(address.rpartition(":")[2]) > 65_535:
        raise click.UsageError(f"REDIS_ADDRESS must be host:port, not {address!r}")
    folder = configuration.home(os.environ) / "var" / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    acl = folder / "users.acl"
    previous = {} if forget else _in_force(folder, acl)
    passwords = {user: secrets.token_hex(24) for user in SERVICE_USERS}
    hashes = {user: f"#{_hashed(passwords[user])} {previous.get(user, '')}" for user in SERVICE_USERS}
    rules = configuration.template("deploy/redis/users.acl").read_text("utf-8")
    if redis_6:
        rules = for_redis_6(rules)
    # Redis runs as another user and must read this file; it holds only hashes of random passwords.
    env_file.write(acl, _USER.sub(lambda user: user[0] + hashes.get(user[1], ""), rules), 0o644)
    for user, password in passwords.items():  # after the rules, so that none is cut off with a password alone
        env_file.write(folder / f"{user}.env", f"REDIS_URL=redis://{user}:{password}@{address}/0\n", 0o600)
    tell(f"Wrote {acl} and {', '.join(f'{user}.env' for user in SERVICE_USERS)} beside it.")
    tell("Next: `ACL LOAD` in Redis (or restart it), then restart each service with its env file.")


def for_redis_6(rules: str) -> str:
    """Return the rules as Redis 6.2 can read them: each command with each key of the user. Pure."""
    return _READ_OR_WRITE.sub(lambda found: "~" if "~" in found[0] else "", rules)


def _in_force(folder: Path, acl: Path) -> dict[str, str]:
    """Return the hash, as in the rules, of the password that each service has by its env file.

    Where that was taken away, it is the newest in the rules.
    """
    hashes = dict(_NEWEST_HASH.findall(acl.read_text("utf-8"))) if acl.exists() else {}
    for user in hashes:
        env = folder / f"{user}.env"
        if env.exists() and (found := _PASSWORD.search(env.read_text("utf-8"))):
            hashes[user] = f"#{_hashed(found[1])} "
    return hashes


def _hashed(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()
