"""New passwords for the users of Redis never shut out a service that has the ones before."""

import re
from hashlib import sha256
from pathlib import Path

from tests.scripts.running import avito_live

USERS = ("ingest", "worker", "gateway", "tools")


def passwords(home: Path) -> dict[str, str]:
    """The password of each env file."""
    texts = {user: (home / f"var/redis/{user}.env").read_text() for user in USERS}
    return {user: re.findall(r":([0-9a-f]+)@", text)[0] for user, text in texts.items()}


def let_in(home: Path, given: dict[str, str]) -> list[str]:
    """The users whose password the rules have."""
    rules = (home / "var/redis/users.acl").read_text()
    return [user for user in USERS if f"#{sha256(given[user].encode()).hexdigest()}" in rules]


def test_a_run_that_is_cut_off_between_two_files_shuts_nobody_out(tmp_path: Path) -> None:
    assert avito_live(tmp_path, "redis-users").returncode == 0
    before = passwords(tmp_path)
    in_the_way = tmp_path / "var/redis/gateway.env.new"
    in_the_way.mkdir()

    cut = avito_live(tmp_path, "redis-users")
    between = passwords(tmp_path)
    in_the_way.rmdir()

    assert (cut.returncode, len(cut.stderr.splitlines())) == (1, 1)
    assert before["worker"] != between["worker"]
    assert before["gateway"] == between["gateway"]
    assert let_in(tmp_path, before) == let_in(tmp_path, between) == list(USERS)

    assert avito_live(tmp_path, "redis-users").returncode == 0
    assert let_in(tmp_path, between) == let_in(tmp_path, passwords(tmp_path)) == list(USERS)


def test_a_leaked_password_ends_with_the_run_that_forgets_it(tmp_path: Path) -> None:
    assert avito_live(tmp_path, "redis-users").returncode == 0
    leaked = passwords(tmp_path)

    assert avito_live(tmp_path, "redis-users", "--forget").returncode == 0

    assert let_in(tmp_path, leaked) == []
