"""Of `.env` all is read as ever; what docker compose or systemd read otherwise is named."""

import ctypes
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from avito_live.env_lines import lines_of
from shared.settings import VARIABLES
from tests.scripts import env_readers
from tests.scripts.running import avito_live

REFUSED = {
    "DOMAIN='a": "single quotes",
    'DOMAIN="a': "single quotes",
    "DOMAIN='a'b": "single quotes",
    "DOMAIN='it''s'": "single quotes",
    "DOMAIN='a\\\\b'": "single quotes",
    'DOMAIN="a\\nb"': "single quotes",
    "DOMAIN=a\vb": "single quotes",
    "DOMAIN=a\rb": "single quotes",
    "DOMAIN='a\x00b'": "single quotes",
    "DOMAIN=a\\": "without the backslash",
    "DOMAIN=a # why \\": "without the backslash",
    "MY_OWN='a": "single quotes",
    'MY_OWN="a\\"': "single quotes",
    "MY_OWN='a\\'": "single quotes",
    "MY_OWN='a\\' '": "single quotes",
    "MY_OWN='a' 'b": "single quotes",
    "MY_OWN=a\rDOMAIN=b": "single quotes",
    "MY_OWN=a\\": "without the backslash",
}
DIFFERENT = {
    "DOMAIN=example.ru # our host": ("example.ru", "a line of its own"),
    "DOMAIN='a' # why": ("a", "a line of its own"),
    'DOMAIN="a"#why': ("a", "a line of its own"),
    "DOMAIN= # nothing": ("", "a line of its own"),
    "DOMAIN=Zima$2026x": ("Zima$2026x", "single quotes"),
    "DOMAIN=a${b}": ("a${b}", "single quotes"),
    "DOMAIN=a\\b": ("a\\b", "single quotes"),
    'DOMAIN="a$b"': ("a$b", "single quotes"),
    'DOMAIN="C:\\data"': ("C:\\data", "single quotes"),
    "DOMAIN=\u00a0a\u00a0": ("a", "single quotes"),
    "export DOMAIN=1": ("1", "remove `export`"),
    " export\tDOMAIN = 'a b'": ("a b", "remove `export`"),
    "export DOMAIN=a$b # why": ("a$b", "single quotes"),
}
"""The values are those that python-dotenv took, without interpolation."""
FOREIGN = {
    "MY_OWN=x$y": "x$y",
    "MY_OWN=a\\b # why": "a\\b",
    "export MY_OWN=1": "1",
    'MY_OWN="${HOME}" # why': "${HOME}",
    "MY_OWN='it\\'s'": None,
    'MY_OWN="a\\nb"': None,
    "my-own.name=\u2028": "",
    "Ё=a\x1bb": "a\x1bb",
    "\ufeffMY_OWN=1": "1",
}
NO_SETTING = ("A", "A a=1", "A:1", "; A=1", "'A'=1", "= 1", "\vA=1", "}", "export = 1", "# a\rDOMAIN=b")
TAKEN = {
    "DOMAIN=": "",
    "DOMAIN=''": "",
    "DOMAIN=a b": "a b",
    "DOMAIN=a  b \t": "a  b",
    "DOMAIN=a#b": "a#b",
    "DOMAIN=#b": "#b",
    "DOMAIN=it's": "it's",
    'DOMAIN=a"b': 'a"b',
    "DOMAIN='Zima$2026x'": "Zima$2026x",
    "DOMAIN='a #b'": "a #b",
    "DOMAIN='a\\b'": "a\\b",
    'DOMAIN="a # b"': "a # b",
    'DOMAIN="it\'s"': "it's",
    " DOMAIN = 5 ": "5",
    "DOMAIN=a;b": "a;b",
    "DOMAIN=a=b": "a=b",
    "DOMAIN='пароль — 5€'": "пароль — 5€",
    "DOMAIN=пароль": "пароль",
    "DOMAIN=`id`": "`id`",
    "DOMAIN=1\r": "1",
    "DOMAIN='1'\r": "1",
    "DOMAIN=1\nDOMAIN=2": "2",
    "DOMAIN=1\n\n\t\n  # why 'not\\x\u2028\n#A=2": "1",
    "\ufeff# Avito\nDOMAIN=1": "1",
}
ACCOUNT = {
    "AVITO_CLIENT_ID": "an-id",
    "AVITO_CLIENT_SECRET": "a-secret",
    "AVITO_USER_ID": "301200100",
    "AVITO_API_URL": "http://127.0.0.1:9",
}
_PIECES = st.sampled_from(
    [
        *"AB=='\"\\$ \t#;:-`é\n\n\r\v\x00\u00a0\u2028\ufeff",
        *("\r\n", "export ", "DOMAIN=", "\nDOMAIN='", "'\n", "\nLOG_LEVEL=", "\\\n"),
    ]
)


@pytest.mark.parametrize("line", REFUSED)
def test_a_line_that_cannot_be_read_is_refused_by_line_and_name(line: str) -> None:
    read = lines_of(f"# first\n\n{line}\nLOG_LEVEL=1\n", ".env")

    (problem,) = read.problems
    assert problem.startswith(f".env line 3 ({line.partition('=')[0]}): ")
    assert REFUSED[line] in problem
    assert (read.values, read.differences) == ({"LOG_LEVEL": "1"}, [])


@pytest.mark.parametrize("line", NO_SETTING)
def test_a_line_that_is_no_setting_is_refused_by_its_number_alone(line: str) -> None:
    assert lines_of(f"B=1\n{line}\n", ".env").problems == [".env line 2: this is not NAME=value"]


def test_a_comment_that_would_take_the_next_line_with_it_is_refused() -> None:
    (problem,) = lines_of("# C:\\\nA=1\n", ".env").problems

    assert problem.startswith(".env line 1: end this line without the backslash")


def test_a_setting_behind_a_byte_order_mark_is_refused() -> None:
    (problem,) = lines_of("\ufeffDOMAIN=1\n", ".env").problems

    assert problem.startswith(".env line 1 (DOMAIN): save the file without a byte order mark")


def test_a_value_of_several_lines_is_refused() -> None:
    problems = lines_of("A='1\n2'\n", ".env").problems

    assert [problem.split(":")[0] for problem in problems] == [".env line 1 (A)", ".env line 2"]


@pytest.mark.parametrize("text", TAKEN)
def test_any_other_value_is_read_as_it_stands(text: str) -> None:
    read = lines_of(text, ".env")

    assert (read.values, read.problems, read.differences) == ({"DOMAIN": TAKEN[text]}, [], [])


@pytest.mark.parametrize("line", DIFFERENT)
def test_a_line_that_others_read_otherwise_is_read_as_ever_and_named_with_the_remedy(line: str) -> None:
    value, remedy = DIFFERENT[line]

    read = lines_of(f"# first\n{line}\n", ".env")

    (difference,) = read.differences
    assert (read.values, read.problems) == ({"DOMAIN": value}, [])
    assert difference.startswith(".env line 2 (DOMAIN): ")
    assert remedy in difference


@pytest.mark.parametrize("line", FOREIGN)
def test_a_setting_of_another_program_is_never_named(line: str) -> None:
    read = lines_of(f"{line}\nDOMAIN=a\n", ".env")

    assert (read.problems, read.differences, read.values.pop("DOMAIN")) == ([], [], "a")
    assert next(iter(read.values.values()), None) == FOREIGN[line]


def _ours(values: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if name in VARIABLES}


@given(st.lists(_PIECES, max_size=12).map("".join))
@example("\n".join(TAKEN).replace("\ufeff", ""))
@example("\n".join(FOREIGN).replace("\ufeff", "") + "\nDOMAIN=a")
@settings(max_examples=500)
def test_what_is_not_named_is_read_alike_by_compose_and_by_systemd(text: str) -> None:
    read = lines_of(text, ".env")
    if read.problems or read.differences:
        return
    by_compose = env_readers.by_compose(text)
    assert by_compose is not None
    assert _ours(by_compose) == _ours(read.values)
    if env_readers.LIBRARY and hasattr(ctypes.CDLL(str(env_readers.LIBRARY)), "load_env_file"):
        assert _ours(env_readers.by_systemd(text)) == _ours(read.values)


@given(st.text(alphabet='ab$#;= \t"é', max_size=12))
def test_single_quotes_make_any_value_without_quotes_and_backslashes_readable(value: str) -> None:
    read = lines_of(f"DOMAIN='{value}'\n", ".env")

    assert (read.values, read.problems, read.differences) == ({"DOMAIN": value}, [], [])


@pytest.mark.parametrize(
    ("command", "code", "named"),
    [("settings", 2, True), ("compose-check", 2, True), ("doctor", 1, False), ("dead", 1, False)],
)
def test_only_some_commands_name_a_difference_and_none_shows_its_value(
    command: str, code: int, named: bool, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("KEEP_DAYS=50\nADMIN_PASSWORD=Zima$2026x\n")

    done = avito_live(tmp_path, command, **ACCOUNT)

    said = done.stdout + done.stderr
    assert done.returncode == code, said
    assert (".env line 2 (ADMIN_PASSWORD): " in said) == named
    assert "Zima" not in said


def test_run_warns_of_a_difference_before_anything_else_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("AVITO_CLIENT_ID=an-id # ours\nKEEP_DAYS=50\n")

    said = avito_live(tmp_path, "run").stdout.splitlines()

    assert said[0].startswith(f"careful: {tmp_path}/.env line 1 (AVITO_CLIENT_ID): put the comment on")
    assert said[1].startswith("settings: AVITO_CLIENT_SECRET")


@pytest.mark.parametrize("command", ["run", "settings", "status", "compose-check", "doctor"])
def test_every_command_refuses_a_line_that_cannot_be_read(command: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=INFO\nADMIN_PASSWORD='Zima\n")

    done = avito_live(tmp_path, command)

    assert done.returncode == 2, done.stdout
    assert ".env line 2 (ADMIN_PASSWORD): " in done.stdout + done.stderr
    assert "Zima" not in done.stdout + done.stderr


@pytest.mark.parametrize("line", [b"GRAFANA_PASSWORD=a$b", b"GRAFANA_PASSWORD='a", b"\xff"])
def test_settings_shows_all_the_same_what_is_in_effect(line: bytes, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"KEEP_DAYS=50\n" + line + b"\n")

    said = avito_live(tmp_path, "settings", LOG_LEVEL="DEBUG").stdout.splitlines()

    assert [row.split()[0] for row in said[: len(VARIABLES)]] == list(VARIABLES)
    assert f".env: {tmp_path}/.env" in said
    assert any(row.startswith(f"wrong: {tmp_path}/.env line 2") for row in said)
    if line[0] == ord("G"):
        assert ["KEEP_DAYS", ".env", "50"] in [row.split() for row in said]
