import re
import stat
from pathlib import Path

from avito_live import PROJECT
from avito_live.runner.configuration import read_env_file
from shared.settings import VARIABLES
from tests.scripts.running import avito_live

EXAMPLE = (PROJECT / ".env.example").read_text(encoding="utf-8")


def test_the_example_explains_every_variable_of_the_project_and_no_other() -> None:
    names = re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE)

    assert sorted(names) == sorted(VARIABLES)


def test_the_example_shows_the_real_defaults() -> None:
    shown = dict(re.findall(r"^# ([A-Z][A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))

    assert shown == {name: VARIABLES[name].default for name in shown}


def test_init_writes_an_env_that_only_its_owner_can_read(tmp_path: Path) -> None:
    done = avito_live(tmp_path, "init")

    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    values = read_env_file(tmp_path / ".env")
    assert values["ADMIN_USERNAME"] == "owner"
    assert re.fullmatch(r"([a-z2-9]{5}-){3}[a-z2-9]{5}", values["ADMIN_PASSWORD"])
    assert len(values["WEBHOOK_SECRET"]) == 48
    assert len(values["SESSION_SECRET"]) == 64


def test_two_installations_have_no_secret_in_common(tmp_path: Path) -> None:
    for name in ("one", "two"):
        avito_live(tmp_path / name, "init")

    one, two = (read_env_file(tmp_path / name / ".env") for name in ("one", "two"))
    assert all(one[name] != two[name] for name in ("ADMIN_PASSWORD", "WEBHOOK_SECRET", "SESSION_SECRET"))


def test_init_never_touches_an_env_that_is_there(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DOMAIN=mine.example\n")

    done = avito_live(tmp_path, "init")

    assert done.returncode == 1
    assert "stays as it is" in done.stdout
    assert (tmp_path / ".env").read_text() == "DOMAIN=mine.example\n"


def test_init_takes_the_keys_and_the_domain_from_the_environment(tmp_path: Path) -> None:
    avito_live(
        tmp_path,
        "init",
        DOMAIN="panel.example.org",
        AVITO_CLIENT_ID="an-id",
        AVITO_CLIENT_SECRET="a-secret",
        AVITO_USER_ID="12345",
    )

    values = read_env_file(tmp_path / ".env")
    assert values["DOMAIN"] == "panel.example.org"
    assert [values[f"AVITO_{name}"] for name in ("CLIENT_ID", "CLIENT_SECRET", "USER_ID")] == [
        "an-id",
        "a-secret",
        "12345",
    ]


def test_init_writes_a_cyrillic_domain_in_the_form_of_dns(tmp_path: Path) -> None:
    avito_live(tmp_path, "init", DOMAIN="магазин.рф")

    assert read_env_file(tmp_path / ".env")["DOMAIN"] == "xn--80aairftm.xn--p1ai"


def test_init_names_all_unusable_values_at_once_and_writes_nothing(tmp_path: Path) -> None:
    done = avito_live(
        tmp_path,
        "init",
        DOMAIN="https://panel.example.org/",
        AVITO_USER_ID="me",
        AVITO_CLIENT_SECRET="two\nlines",
    )

    assert done.returncode == 2
    assert [line.split()[1] for line in done.stderr.splitlines()] == [
        "AVITO_CLIENT_SECRET",
        "DOMAIN",
        "AVITO_USER_ID",
    ]
    assert not (tmp_path / ".env").exists()


def test_a_folder_that_cannot_be_written_is_reported_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = avito_live(tmp_path / "file", "init")

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "Nothing was written" in done.stderr
