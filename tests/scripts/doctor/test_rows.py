"""The words of the findings, their table in the documentation, what is left out, and the last line."""

import re
import string

import pytest

from avito_live import PROJECT
from avito_live.doctor.rows import (
    CHECKS,
    FINDINGS,
    KnownFinding,
    in_order,
    row,
    table,
    verdict,
    without_consequences,
    worst,
)

REDIS = ("start_redis", "redis_cli", "redis_admin")
LEVERS = {"start": "make run", "restart": "Ctrl-C, make run", **dict.fromkeys(REDIS, "redis-cli")}
IN_DOCS = re.compile(r"^\| (right|warning|wrong) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def blanks(text: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize("name", FINDINGS)
def test_a_finding_has_the_same_blanks_in_both_languages(name: str) -> None:
    finding = FINDINGS[name]

    assert blanks(finding.found[0]) == blanks(finding.found[1])
    assert blanks(finding.fix[0]) == blanks(finding.fix[1])


def test_every_finding_that_is_not_right_has_a_remedy_and_no_other_has() -> None:
    assert {name for name, one in FINDINGS.items() if bool(one.fix[1]) != (one.state != "right")} == set()


def test_a_finding_is_explained_by_findings_that_exist_and_not_by_its_own_check() -> None:
    known = {*FINDINGS, *(f"{check}.*" for check in CHECKS)}
    wrong = [
        (name, cause)
        for name, one in FINDINGS.items()
        for cause in one.because
        if cause not in known or cause in (name, f"{one.of}.*")
    ]

    assert wrong == []


def test_the_documentation_has_every_finding_with_the_same_words() -> None:
    text = (PROJECT / "docs" / "doctor.md").read_text("utf-8")
    told = {(state, found, fix) for state, found, _, fix in IN_DOCS.findall(text)}

    assert told == {shown(one) for one in FINDINGS.values() if one.state != "right"}


def shown(one: KnownFinding) -> tuple[str, str, str]:
    found, fix = (text[1].replace("|", "\\|") for text in (one.found, one.fix))
    return one.state, found, fix


def test_the_remedy_stands_below_its_row() -> None:
    rows = [row("redis_right", version="7", used=12), row("dns_missing", host="shop.example")]

    assert table(rows, "en", LEVERS) == [
        "✓ Redis        answers, version 7, 12 MiB",
        "✗ Name in DNS  the name shop.example is not in DNS",
        "               → create an A record for DOMAIN with the address of this server",
    ]


def test_a_remedy_names_the_command_of_this_system() -> None:
    assert table([row("nothing_runs")], "en", LEVERS)[1].endswith("→ start it: make run")


def test_what_comes_from_outside_cannot_act_on_the_terminal() -> None:
    shown = table([row("webhook_other", status=200, server="nginx\x1b[2J")], "en", LEVERS)

    assert "\x1b" not in "".join(shown)


@pytest.mark.parametrize(
    ("names", "state", "last"),
    [
        (["by_webhook"], "right", "Everything is in order."),
        (["by_webhook", "no_aof", "none_yet"], "warning", "Nothing is wrong, warnings: 2."),
        (["no_aof", "may_evict"], "wrong", "Wrong: 1, warnings: 1."),
    ],
)
def test_the_last_line_names_the_worst_and_how_often_there_is_one(
    names: list[str], state: str, last: str
) -> None:
    rows = [row(name) for name in names]

    assert (worst(rows), verdict(rows, "en")) == (state, last)


@pytest.mark.parametrize(
    ("causes", "consequences"),
    [
        (["nothing_runs"], ["webhook_silent", "https_closed", "websocket_silent", "by_polling", "none_yet"]),
        (["redis_away"], ["webhook_silent", "websocket_not_upgraded"]),
        (["dns_missing"], ["https_closed", "webhook_silent"]),
        (["certificate_expired"], ["webhook_silent", "websocket_silent"]),
        (["clock_off"], ["certificate_expired", "redis_clock_off"]),
        (["no_domain"], ["subscription_none", "by_polling", "none_yet"]),
        (["token_refused"], ["clock_unknown", "calls_keys_refused", "list_unread"]),
        (["memory_full"], ["spooled", "inbox_late", "canary_late"]),
        *(
            ([refusal], ["part_missing", "nothing_runs"])
            for refusal in ("memory_full", "aof_failing", "snapshot_failing")
        ),
        (["redis_read_only"], ["part_missing", "nothing_runs", "canary_late"]),
        (["account_differs"], ["cannot_read", "keys_changed"]),
        (["token_refused"], ["keys_changed"]),
    ],
)
def test_a_cause_is_told_once(causes: list[str], consequences: list[str]) -> None:
    rows = [row(name) for name in causes + consequences]

    assert [one.name for one in without_consequences(rows)] == causes


def test_what_is_right_explains_nothing() -> None:
    rows = [row("redis_right", version="7", used=1), row("spooled", spooled=3)]

    assert without_consequences(rows) == rows


def test_the_rows_stand_in_the_order_of_the_checks() -> None:
    rows = [row("by_webhook"), row("demo"), row("check_silent", "redis", seconds=9)]

    assert [one.check for one in in_order(rows)] == ["demo", "redis", "mode"]
