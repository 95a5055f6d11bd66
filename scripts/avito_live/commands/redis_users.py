"""`make redis-users`: gives every service its own Redis user, from deploy/redis/users.acl.

Writes var/redis/users.acl (for Redis' `aclfile`, with hashes only) and an env file for each user with its
REDIS_URL. Each run makes new passwords; the previous ones work until the next run, so that services can be
restarted one by one. FORGET=1 ends them at once, for a password that has leaked. REDIS_ADDRESS: host and
port, by default redis:6379.
"""

import hashlib
import os
import re
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from avito_live.runner import configuration

RULES = configuration.PROJECT / "deploy" / "redis" / "users.acl"
USERS = ("ingest", "worker", "gateway", "tools")
_ADDRESS = re.compile(r"[A-Za-z0-9._-]+:\d{1,5}")
_USER = re.compile(r"^user (\S+) on ", re.MULTILINE)
_NEWEST_HASH = re.compile(r"^user (\S+) on #([0-9a-f]{64})", re.MULTILINE)


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


def main() -> int:
    """Write the files; exit code 2 for an invalid address."""
    address = os.environ.get("REDIS_ADDRESS", "").strip() or "redis:6379"
    if not _ADDRESS.fullmatch(address):
        sys.stderr.write(f"REDIS_ADDRESS must be host:port, not {address!r}\n")
        return 2
    folder = configuration.home(os.environ) / "var" / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    acl = folder / "users.acl"
    before = acl.read_text(encoding="utf-8") if acl.exists() and not os.environ.get("FORGET") else ""
    text, urls = make(RULES.read_text(encoding="utf-8"), before, address, lambda: secrets.token_hex(24))
    for user, url in urls.items():
        _write(folder / f"{user}.env", f"REDIS_URL={url}\n", 0o600)
    # Redis runs as another user and must read this file; it holds only hashes of random passwords.
    _write(acl, text, 0o644)
    print(f"Wrote {acl} and {', '.join(f'{user}.env' for user in urls)} beside it.")
    print("Next: `ACL LOAD` in Redis (or restart it), then restart each service with its env file.")
    return 0


def _written(hashes: list[str]) -> str:
    return "".join(f"#{digest} " for digest in hashes)


def _write(path: Path, text: str, mode: int) -> None:
    new = path.with_name(f".{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, mode)
        file.write(text)
    new.replace(path)


if __name__ == "__main__":
    sys.exit(main())
