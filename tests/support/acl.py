"""A Redis in which every service has its own user, made by the owner's command."""

from pathlib import Path

from testbed import REDIS_ADMIN, RedisServer, free_port
from tests.scripts.running import avito_live
from tests.support.engine import is_redis_before


def make_users(home: Path, port: int, *options: str) -> str:
    """Make users with new passwords in `home`; return the ACL file with one more, who may do everything."""
    old = ("--redis-6",) if is_redis_before(7) and not options else ()
    done = avito_live(home, "redis-users", "--address", f"127.0.0.1:{port}", *options, *old)
    assert done.returncode == 0, done.stderr
    name, _, password = REDIS_ADMIN.partition(":")
    rules = (home / "var" / "redis" / "users.acl").read_text(encoding="utf-8")
    return f"{rules}user {name} on >{password} ~* &* +@all\n"


def server_with_users(folder: Path, *options: str) -> RedisServer:
    """Return a Redis, not started yet, with such users. `options`: of redis-server."""
    path = folder / "users.acl"
    server = RedisServer(folder, free_port(), ("--aclfile", str(path), *options), login=f"{REDIS_ADMIN}@")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(make_users(folder, server.port), encoding="utf-8")
    return server


def url_of(user: str, home: Path) -> str:
    """Return the URL that the command wrote for this user."""
    return (home / "var" / "redis" / f"{user}.env").read_text().strip().removeprefix("REDIS_URL=")
