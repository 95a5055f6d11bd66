"""Gives every service its own Redis user, from deploy/redis/users.acl."""

import hashlib
import os
import re
import secrets
from collections.abc import Callable, Mapping

import click

from avito_live import env_file
from avito_live.runner import configuration

RULES = configuration.template("deploy/redis/users.acl")
USERS = ("ingest", "worker", "gateway", "tools")
_ADDRESS = re.compile(r"[A-Za-z0-9._-]+:\d{1,5}")
_USER = re.compile(r"^user (\S+) on ", re.MULTILINE)
_NEWEST_HASH = re.compile(r"^user (\S+) on #([0-9a-f]{64})", re.MULTILINE)


@click.command
@click.option("--address", default="redis:6379", show_default=True, help="Host and port of Redis.")
@click.option("--forget", is_flag=True, help="End the previous passwords at once, since one has leaked.")
def redis_users(address: str, forget: bool) -> None:
    """Make a Redis user for every service, with new passwords.

    Writes var/redis/users.acl (for Redis' `aclfile`, with hashes only) and an env file for each user with its
    REDIS_URL. The previous passwords work until the next run, so that services can be restarted one by one.
    """
    if not _ADDRESS.fullmatch(address):
        raise click.UsageError(f"REDIS_ADDRESS must be host:port, not {address!r}")
    folder = configuration.home(os.environ) / "var" / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    acl = folder / "users.acl"
    before = acl.read_text(encoding="utf-8") if acl.exists() and not forget else ""
    text, urls = make(RULES.read_text(encoding="utf-8"), before, address, lambda: secrets.token_hex(24))
    for user, url in urls.items():
        env_file.write(folder / f"{user}.env", f"REDIS_URL={url}\n", 0o600)
    # Redis runs as another user and must read this file; it holds only hashes of random passwords.
    env_file.write(acl, text, 0o644)
    click.echo(f"Wrote {acl} and {', '.join(f'{user}.env' for user in urls)} beside it.")
    click.echo("Next: `ACL LOAD` in Redis (or restart it), then restart each service with its env file.")


def with_passwords(rules: str, hashes: Mapping[str, list[str]]) -> str:
    """Insert the password hashes of each user, the newest first, into the rules."""
    return _USER.sub(lambda user: user[0] + _written(hashes.get(user[1], [])), rules)


def newest_hashes(acl: str) -> dict[str, str]:
    """Return the newest hash of each user."""
    return dict(_NEWEST_HASH.findall(acl))


def make(rules: str, before: str, address: str, token: Callable[[], str]) -> tuple[str, dict[str, str]]:
    """Return the new ACL file, and each user's REDIS_URL with a fresh password."""
    previous = newest_hashes(before)
    passwords = {user: token() for user in USERS}
    hashes = {
        user: [hashlib.sha256(password.encode()).hexdigest(), *([previous[user]] if user in previous else [])]
        for user, password in passwords.items()
    }
    urls = {user: f"redis://{user}:{password}@{address}/0" for user, password in passwords.items()}
    return with_passwords(rules, hashes), urls


def _written(hashes: list[str]) -> str:
    return "".join(f"#{digest} " for digest in hashes)
