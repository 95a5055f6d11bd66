from pathlib import Path

import pytest

from avito_live.runner.configuration import in_effect, load, read_env_file
from shared.settings import VARIABLES, Environment, SettingsError
from tests.scripts.running import avito_live


def origins(environ: dict[str, str], env_file: dict[str, str]) -> dict[str, tuple[str, str]]:
    return {row.variable.name: (row.value, row.origin) for row in in_effect(environ, env_file)}


def test_the_environment_wins_over_the_file_and_the_file_over_the_default() -> None:
    rows = origins({"GATEWAY_PORT": "1"}, {"GATEWAY_PORT": "2", "INGEST_PORT": "3"})

    assert rows["GATEWAY_PORT"] == ("1", "environment")
    assert rows["INGEST_PORT"] == ("3", ".env")
    assert rows["AVITO_RPM"] == ("300", "default")


def test_an_empty_line_in_the_file_is_the_default() -> None:
    assert origins({}, {"GATEWAY_PORT": ""})["GATEWAY_PORT"] == ("8000", "default")


def test_a_dollar_sign_in_a_secret_is_kept(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ADMIN_PASSWORD='a$HOME${x}b'\n")

    assert load({"AVITO_LIVE_HOME": str(tmp_path)})["ADMIN_PASSWORD"] == "a$HOME${x}b"


def test_no_file_means_nothing_given(tmp_path: Path) -> None:
    assert read_env_file(tmp_path / ".env") == {}


def test_every_line_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DOMAIN=a.example\nwhat is this\nLOG_LEVEL=INFO\n= value\n")

    with pytest.raises(SettingsError) as caught:
        read_env_file(tmp_path / ".env")

    assert [problem.split(".env ")[1] for problem in caught.value.problems] == [
        "line 2: this is not NAME=value",
        "line 4: this is not NAME=value",
    ]


def test_a_file_that_is_no_text_is_said_by_its_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("DOMAIN=a.example\nADMIN_PASSWORD=пароль\n".encode("cp1251"))

    with pytest.raises(SettingsError, match="line 2: this is not UTF-8, save the file as such"):
        read_env_file(tmp_path / ".env")


def test_a_folder_in_its_place_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()

    with pytest.raises(SettingsError, match="move away the file, folder"):
        read_env_file(tmp_path / ".env")


@pytest.mark.parametrize("domain", ["", "a.example", "localhost", "a.example:8443", "xn--80ak6aa92e.example"])
def test_a_host_is_a_domain(domain: str) -> None:
    environment = Environment({"DOMAIN": domain})

    assert environment.host("DOMAIN") == domain
    assert environment.problems == []


@pytest.mark.parametrize(
    ("domain", "host"),
    [
        ("магазин.рф", "xn--80aairftm.xn--p1ai"),
        ("Панель.Пример.РФ:8443", "xn--80aksgi6f.xn--e1afmkfd.xn--p1ai:8443"),
    ],
)
def test_a_cyrillic_host_is_taken_in_the_form_of_dns(domain: str, host: str) -> None:
    environment = Environment({"DOMAIN": domain})

    assert environment.host("DOMAIN") == host
    assert environment.problems == []


@pytest.mark.parametrize(
    "domain",
    [
        "https://a.example",
        "a.example/",
        "a b",
        "-a",
        "https://пример.рф",
        "пример .рф",
        "a.example.",
        "a..b",
        "a:0",
        "a:99999",
        "a" * 64,
        "[::1]",
    ],
)
def test_anything_else_is_not(domain: str) -> None:
    environment = Environment({"DOMAIN": domain})

    environment.host("DOMAIN")

    assert environment.problems


def test_the_webhook_is_shown_as_avito_is_given_it_without_its_secret(tmp_path: Path) -> None:
    given = {"DOMAIN": "shop.example", "WEBHOOK_SECRET": "unguessable-last-part"}

    said = avito_live(tmp_path, "settings", **given).stdout

    assert "Webhook: https://shop.example/admin/avito/webhook/•••" in said.splitlines()
    assert "unguessable" not in said


@pytest.mark.parametrize(
    "given",
    [
        {"DOMAIN": "магазин.рф"},
        {"WEBHOOK_URL": "https://магазин.рф/admin/avito/webhook/unguessable-last-part"},
    ],
    ids=["DOMAIN", "WEBHOOK_URL"],
)
def test_avito_is_given_a_cyrillic_host_in_the_form_of_dns(given: dict[str, str], tmp_path: Path) -> None:
    said = avito_live(tmp_path, "settings", WEBHOOK_SECRET="unguessable-last-part", **given).stdout

    assert "Webhook: https://xn--80aairftm.xn--p1ai/admin/avito/webhook/•••" in said.splitlines()
    assert "wrong:" not in said


def test_settings_shows_every_variable_and_where_it_comes_from(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("KEEP_MESSAGES=50\n")

    lines = avito_live(tmp_path, "settings", LOG_LEVEL="DEBUG").stdout.splitlines()

    rows = {line.split()[0]: line.split()[1:] for line in lines[: len(VARIABLES)]}
    assert list(rows) == list(VARIABLES)
    assert rows["KEEP_MESSAGES"] == [".env", "50"]
    assert rows["LOG_LEVEL"] == ["environment", "DEBUG"]
    assert rows["GATEWAY_PORT"] == ["default", "8000"]


def test_settings_never_shows_a_secret(tmp_path: Path) -> None:
    secrets = {variable.name: "tell-nobody-42" for variable in VARIABLES.values() if variable.secret}
    secrets["REDIS_URL"] = "redis://:tell-nobody-42@redis.example:6380/3"
    secrets["WEBHOOK_URL"] = "https://hooks.example/tell-nobody-42"

    done = avito_live(tmp_path, "settings", **secrets)

    assert done.stderr == ""
    assert "tell-nobody" not in done.stdout + done.stderr
    assert "redis://redis.example:6380/" in done.stdout
    assert "https://hooks.example/" in done.stdout


def test_settings_names_what_still_has_its_placeholder(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "settings", GRAFANA_PASSWORD="changeme")

    assert done.returncode == 2
    assert "wrong: GRAFANA_PASSWORD still has its placeholder value" in done.stdout


def test_settings_names_what_a_service_would_refuse(tmp_path: Path) -> None:
    given = {
        "REDIS_URL": "http://x",
        "AVITO_RPM": "many",
        "KEEP_DAYS": "0",
        "GATEWAY_PORT": "abc",
        "ALLOWED_ORIGINS": "a.example",
        "REDIS_PASSWORD": "p@ss/w#rd",
    }

    done = avito_live(tmp_path, "settings", **given)

    wrong = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("wrong: ")]
    assert (done.returncode, wrong) == (2, list(given))


def test_settings_names_what_the_services_miss_in_a_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AVITO_CLIENT_ID=an-id\nWEBHOOK_SECRET=unguessable\n")

    done = avito_live(tmp_path, "settings")

    wrong = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("wrong: ")]
    assert (done.returncode, wrong) == (2, ["AVITO_CLIENT_SECRET", "AVITO_USER_ID", "SESSION_SECRET"])


def test_a_port_that_kubernetes_made_up_concerns_no_command(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "settings", INGEST_PORT="tcp://10.0.0.1:8001")

    assert (done.returncode, done.stderr) == (0, "")
    assert "wrong:" not in done.stdout


def test_settings_says_when_everybody_can_read_the_secrets(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=INFO\n")
    (tmp_path / ".env").chmod(0o644)

    said = avito_live(tmp_path, "settings").stdout

    assert f"chmod 600 {tmp_path}/.env" in said


def test_settings_names_a_variable_that_is_read_no_more(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SIGNATURE_KEY=tell-nobody-42\n")

    said = avito_live(tmp_path, "settings").stdout

    assert "not used any more: SIGNATURE_KEY" in said
    assert "tell-nobody" not in said


def test_commands_that_call_avito_trust_what_the_file_names(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "AVITO_CLIENT_ID=id\nAVITO_CLIENT_SECRET=tell-nobody-42\nAVITO_USER_ID=1\nDOMAIN=shop.example\n"
        f"WEBHOOK_SECRET={'s' * 40}\nAVITO_API_URL=https://127.0.0.1:1\nSSL_CERT_FILE=/nonexistent\n"
    )

    assert "correct SSL_CERT_FILE" in avito_live(tmp_path, "webhook", "status").stderr
