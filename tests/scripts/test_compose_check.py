"""What `make up` says of `.env` before anything starts."""

from pathlib import Path

import pytest

from avito_live.runner.redis_address import password_problem
from shared.redis.connection import make_pool
from tests.scripts.running import avito_live


def test_it_names_what_a_service_would_refuse(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DOMAIN=https://a.example/\nKEEP_DAYS=long\nALLOWED_ORIGINS=a.example\n")

    done = avito_live(tmp_path, "compose-check")

    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split()[1] for line in done.stderr.splitlines()] == [
        "DOMAIN",
        "KEEP_DAYS",
        "ALLOWED_ORIGINS",
    ]


def test_a_domain_with_a_port_is_refused_since_no_such_port_is_opened(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "compose-check", DOMAIN="panel.example.org:8443")

    assert (done.returncode, done.stderr.split()[1]) == (2, "DOMAIN")


def test_an_env_that_all_read_alike_needs_no_word(tmp_path: Path) -> None:
    avito_live(tmp_path, "init", DOMAIN="panel.example.org")

    done = avito_live(tmp_path, "compose-check")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("password", ["p@ss/w#rd", "a?b", "a b", "a'b", 'a"b', "a[b", "a%41", "a\\b"])
def test_a_password_that_compose_cannot_use_is_named_before_anything_starts(
    password: str, tmp_path: Path
) -> None:
    done = avito_live(tmp_path, "compose-check", REDIS_PASSWORD=password)

    assert done.returncode == 2
    assert done.stderr.startswith("settings: REDIS_PASSWORD must not contain")


@pytest.mark.parametrize("password", ["p@ss", "a:b", "a%b", "a$b", "a;b", "пароль", "~a.b_c-d+e=f!*()"])
def test_any_other_password_means_the_same_in_the_url(password: str) -> None:
    assert password_problem(password) == ""
    given = make_pool(f"redis://:{password}@redis:6379/0").connection_kwargs
    assert (given["password"], given["host"]) == (password, "redis")
