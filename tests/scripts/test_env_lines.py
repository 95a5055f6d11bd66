"""Of `.env` only lines are read that our commands, docker compose and systemd read alike."""

import ctypes
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from avito_live.env_lines import settings_of
from shared.settings import SettingsError
from tests.scripts import env_readers
from tests.scripts.running import avito_live

REFUSED = {
    "A=Zima$2026x": "single quotes",
    "A=a\\b": "single quotes",
    "A=a #b": "single quotes",
    "A= # nothing": "a line of its own",
    'A="a$b"': "single quotes",
    'A="a\\nb"': "single quotes",
    "A='a' # why": "single quotes",
    "A='a\\\\b'": "single quotes",
    "A='a": "single quotes",
    'A="a': "single quotes",
    "A='a'b": "single quotes",
    "A='it''s'": "single quotes",
    "A=\u00a0a": "single quotes",
    "A=a\u00a0": "single quotes",
    "A=a\vb": "single quotes",
    "A=a\rb": "single quotes",
    "A='a\x00b'": "single quotes",
    "export A=1": "remove `export`",
    "export = 1": "remove `export`",
}
NO_SETTING = ("A", "A a=1", "A:1", "; A=1", "'A'=1", "1A=1", "Ё=1", "A.B=1", "= 1", "\vA=1", "}")
TAKEN = {
    "A=": "",
    "A=''": "",
    "A=a b": "a b",
    "A=a  b \t": "a  b",
    "A=a#b": "a#b",
    "A=#b": "#b",
    "A=it's": "it's",
    'A=a"b': 'a"b',
    "A='Zima$2026x'": "Zima$2026x",
    "A='a #b'": "a #b",
    "A='a\\b'": "a\\b",
    'A="a # b"': "a # b",
    'A="it\'s"': "it's",
    " A = 5 ": "5",
    "A=a;b": "a;b",
    "A=a=b": "a=b",
    "A='пароль — 5€'": "пароль — 5€",
    "A=пароль": "пароль",
    "A=`id`": "`id`",
    "A=1\r": "1",
    "A='1'\r": "1",
    "A=1\nA=2": "2",
    "A=1\n\n\t\n  # why 'not\\x\n#A=2": "1",
    "\ufeff# Avito\nA=1": "1",
}
_PIECES = st.sampled_from(
    [*"AB=='\"\\$ \t#;:-`é\n\n\r\v\x00\u00a0\u2028\ufeff", "\r\n", "export ", "\nA='", "'\n", "\nB=", "\\\n"]
)


def problems(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings_of(text, ".env")
    return caught.value.problems


@pytest.mark.parametrize("line", REFUSED)
def test_a_value_that_depends_on_the_reader_is_refused_by_line_and_name(line: str) -> None:
    (problem,) = problems(f"# first\n\n{line}\nB=1\n")

    assert problem.startswith(f".env line 3 ({'export' if line == 'export = 1' else 'A'}): ")
    assert REFUSED[line] in problem


@pytest.mark.parametrize("line", NO_SETTING)
def test_a_line_that_is_no_setting_is_refused_by_its_number_alone(line: str) -> None:
    assert problems(f"B=1\n{line}\n") == [".env line 2: this is not NAME=value"]


def test_a_comment_that_would_take_the_next_line_with_it_is_refused() -> None:
    assert problems("# C:\\\nA=1\n")[0].startswith(".env line 1: end this comment without the backslash")


def test_a_setting_behind_a_byte_order_mark_is_refused() -> None:
    assert problems("\ufeffA=1\n")[0].startswith(".env line 1 (A): save the file without a byte order mark")


def test_a_value_of_several_lines_is_refused() -> None:
    assert [problem.split(":")[0] for problem in problems("A='1\n2'\n")] == [".env line 1 (A)", ".env line 2"]


@pytest.mark.parametrize("text", TAKEN)
def test_any_other_value_is_read_as_it_stands(text: str) -> None:
    assert settings_of(text, ".env") == {"A": TAKEN[text]}


@given(st.lists(_PIECES, max_size=12).map("".join))
@example("\n".join(TAKEN).replace("\ufeff", ""))
@settings(max_examples=500)
def test_what_is_read_here_is_read_alike_by_compose_and_by_systemd(text: str) -> None:
    try:
        read = settings_of(text, ".env")
    except SettingsError:
        return
    assert env_readers.by_compose(text) == read
    if env_readers.LIBRARY and hasattr(ctypes.CDLL(str(env_readers.LIBRARY)), "load_env_file"):
        assert env_readers.by_systemd(text) == read


@given(st.text(alphabet='ab$#;= \t"é', max_size=12))
def test_single_quotes_make_any_value_without_quotes_and_backslashes_readable(value: str) -> None:
    assert settings_of(f"A='{value}'\n", ".env") == {"A": value}


@pytest.mark.parametrize("command", ["run", "settings", "status", "compose-check", "doctor"])
def test_every_command_refuses_such_a_file_and_shows_no_value(command: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=INFO\nADMIN_PASSWORD=Zima$2026x\n")

    done = avito_live(tmp_path, command)

    assert done.returncode == 2, done.stdout
    assert ".env line 2 (ADMIN_PASSWORD): " in done.stdout + done.stderr
    assert "Zima" not in done.stdout + done.stderr
