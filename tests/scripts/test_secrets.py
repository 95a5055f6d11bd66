"""`make secrets`: the secrets of `.env` move into files, and every command finds them there."""

import stat
from pathlib import Path

import pytest

from avito_live.commands.secrets import units_without_secrets
from avito_live.runner.configuration import load, open_secrets, read_env_file
from avito_live.settings_store import SettingsStore, restore
from tests.scripts.running import avito_live

ACCOUNT = {"AVITO_CLIENT_ID": "an-id", "AVITO_CLIENT_SECRET": "a-secret", "AVITO_USER_ID": "301200100"}
OF_COMPOSE = {"REDIS_PASSWORD", "GRAFANA_PASSWORD"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    avito_live(home, "init", DOMAIN="panel.example.org", **ACCOUNT)
    return home


def test_secrets_move_into_files_that_only_their_owner_reads_and_settings_stay(home: Path) -> None:
    before, folder = load({"AVITO_LIVE_HOME": str(home)}), home / "secrets"

    for _ in range(2):
        done = avito_live(home, "secrets", SECRETS_DIR=str(folder))
        assert done.returncode == 0, done.stderr

    names = {"AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET", "WEBHOOK_SECRET", "SESSION_SECRET", "ADMIN_PASSWORD"}
    assert {path.name for path in folder.iterdir()} == names
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())} == {0o700, 0o600}
    assert open_secrets(folder) == {}
    left = read_env_file(home / ".env")
    assert {left[name] for name in names} == {""}
    assert left["SECRETS_DIR"] == str(folder)
    assert all(left[name] for name in OF_COMPOSE)
    assert {**load({"AVITO_LIVE_HOME": str(home)}), "AVITO_LIVE_HOME": ""} == {
        **before,
        "AVITO_LIVE_HOME": "",
    }


def test_files_that_each_user_of_the_machine_can_read_are_found_until_that_is_mended(tmp_path: Path) -> None:
    for name in ("WEBHOOK_SECRET", "SESSION_SECRET", "notes"):
        (tmp_path / name).touch(0o644)
    tmp_path.chmod(0o755)

    assert open_secrets(tmp_path) == {str(tmp_path / "*"): 0o644}
    (tmp_path / "WEBHOOK_SECRET").chmod(0o640)
    assert open_secrets(tmp_path) == {str(tmp_path / "SESSION_SECRET"): 0o644}
    tmp_path.chmod(0o700)
    assert open_secrets(tmp_path) == {}


def test_settings_names_the_files_as_the_origin(home: Path) -> None:
    avito_live(home, "secrets", SECRETS_DIR=str(home / "secrets"))

    said = avito_live(home, "settings").stdout

    origins = {line.split()[0]: line.split()[1] for line in said.splitlines() if line.count("  ")}
    assert (origins["SESSION_SECRET"], origins["AVITO_USER_ID"]) == ("file", ".env")
    assert "a-secret" not in said


def test_a_folder_that_cannot_be_written_changes_nothing_and_is_named(home: Path) -> None:
    before = (home / ".env").read_text()
    (home / "taken").write_text("")

    done = avito_live(home, "secrets", SECRETS_DIR=str(home / "taken" / "secrets"))

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "cannot be written" in done.stderr
    assert (home / ".env").read_text() == before


def test_units_of_an_earlier_version_which_would_pass_no_secret_are_named(tmp_path: Path) -> None:
    for name, text in (
        ("old.service", "[Service]\nUser=avito\n"),
        ("new.service", "\nLoadCredential=A:/a\n"),
    ):
        (tmp_path / name).write_text(text)
    units = [tmp_path / name for name in ("old.service", "new.service", "none.service")]

    assert units_without_secrets(units) == ["old.service"]


def test_docker_compose_keeps_its_secrets(home: Path) -> None:
    before = (home / ".env").read_text()
    docker = home / "docker"
    docker.write_text("#!/bin/sh\necho 127.0.0.1:6379\n")
    docker.chmod(0o755)

    done = avito_live(home, "secrets", SECRETS_DIR=str(home / "secrets"), PATH=f"{home}:/usr/bin:/bin")

    assert (done.returncode, "needs the secrets in .env" in done.stderr) == (1, True)
    assert (home / ".env").read_text() == before


def test_a_setting_is_changed_where_it_stands_and_put_back(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    folder.mkdir()
    (tmp_path / ".env").write_text(f"WEBHOOK_URL=old\nWEBHOOK_SECRET=\nSECRETS_DIR={folder}\n")
    (folder / "WEBHOOK_SECRET").write_text("old\n")
    store = SettingsStore.of({"AVITO_LIVE_HOME": str(tmp_path)})
    changed = {"WEBHOOK_SECRET": "new", "WEBHOOK_SECRET_PREVIOUS": "old", "WEBHOOK_URL": "new"}
    before = store.read(*changed)

    store.write(changed)

    assert {name: store.get(name) for name in changed} == changed
    assert read_env_file(tmp_path / ".env") == {
        "WEBHOOK_URL": "new",
        "WEBHOOK_SECRET": "",
        "SECRETS_DIR": str(folder),
    }
    restore(before)
    assert [store.get(name) for name in changed] == ["old", "", "old"]
    assert [path.name for path in folder.iterdir()] == ["WEBHOOK_SECRET"]
