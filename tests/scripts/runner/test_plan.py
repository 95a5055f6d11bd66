from pathlib import Path

import pytest

from avito_live.runner.folders import Folders
from avito_live.runner.launcher import environment
from avito_live.runner.parts import KINDS, part
from avito_live.runner.plan import Listener, read_plan
from avito_live.runner.settings_check import problems_of
from shared.settings import SettingsError

SECRETS = {"WEBHOOK_SECRET": "hook", "SESSION_SECRET": "session"}
KEYS = {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "key", "AVITO_USER_ID": "77"}


def problems(values: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read_plan(values, problems_of(values))
    return [problem.split()[0] for problem in caught.value.problems]


def test_without_keys_it_is_the_demo() -> None:
    assert read_plan(SECRETS).demo
    assert read_plan(SECRETS | dict.fromkeys(KEYS, " ")).demo


def test_with_all_keys_it_is_the_real_account() -> None:
    assert not read_plan(SECRETS | KEYS).demo


def test_partly_set_keys_are_all_named() -> None:
    assert problems(SECRETS | {"AVITO_CLIENT_ID": "id"}) == ["AVITO_CLIENT_SECRET", "AVITO_USER_ID"]


def test_placeholders_are_all_named() -> None:
    values = {
        **KEYS,
        "AVITO_CLIENT_ID": "your-client-id",
        "WEBHOOK_SECRET": "changeme",
        "SESSION_SECRET": "xxx",
    }

    assert problems(values) == ["AVITO_CLIENT_ID", "WEBHOOK_SECRET", "SESSION_SECRET"]


def test_faults_of_every_kind_are_named_together() -> None:
    values = {
        **KEYS,
        "AVITO_USER_ID": "-5",
        "DOMAIN": "https://a.example",
        "GATEWAY_PORT": "99999",
        "SIM_PORT": "many",
        "LOG_LEVEL": "LOUD",
    }

    assert sorted(problems(values)) == [
        "AVITO_USER_ID",
        "DOMAIN",
        "GATEWAY_PORT",
        "LOG_LEVEL",
        "SESSION_SECRET",
        "SIM_PORT",
        "WEBHOOK_SECRET",
    ]


def test_the_demo_keeps_its_data_apart_from_a_real_accounts() -> None:
    home = Path("/home")

    demo, real = Folders(home, demo=True), Folders(home)

    assert demo.redis == Path("/home/var/demo/redis")
    assert real.redis == Path("/home/var/redis")


def test_the_demo_never_speaks_to_avito() -> None:
    values = SECRETS | {"AVITO_API_URL": "https://api.avito.ru", "WEBHOOK_URL": "https://real.example/hook"}

    environ = environment(read_plan(values), Folders(Path("/home"), demo=True), values, "redis://r/0")

    assert environ["AVITO_API_URL"] == "http://127.0.0.1:8003"
    assert environ["WEBHOOK_URL"] == "http://127.0.0.1:8001/admin/avito/webhook/hook"
    assert environ["SPOOL_DIR"] == "/home/var/demo/spool"
    assert environ["AVITO_CLIENT_SECRET"] == "sim-secret"


def test_only_the_worker_gets_avitos_keys() -> None:
    values = SECRETS | KEYS
    plan = read_plan(values)
    environ = environment(plan, Folders(Path("/home")), values, "redis://r/0")

    holders = [
        name
        for name in plan.listeners
        if {"AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET"} & set(part(name, plan.url(name), environ).environ)
    ]

    assert holders == ["worker"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_part_of_a_kind_has_its_own_port(kind: str) -> None:
    second = part(f"{kind}-2", "http://127.0.0.1:9000", {"GATEWAY_PORT": "8000"})

    assert second.environ[KINDS[kind].port] == "9000"
    assert second.command[-1] == KINDS[kind].module


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::", "http://[::1]:80")],
)
def test_a_part_is_reached_over_loopback_wherever_it_listens(host: str, url: str) -> None:
    assert Listener("gateway", host, 80).url == url
