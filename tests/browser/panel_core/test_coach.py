"""The coach's page by itself: which days it asks for, how it counts down."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from tests.browser.panel_core.conftest import Panel

pytestmark = pytest.mark.browser


def asked(panel: Panel, now: datetime, zone: str) -> list[str]:
    """The first and the last day that a page opened on the 21st asks for, at a moment of the server's."""
    script = """
        const coach = new m.Coach(null, null, false);
        const { report, hours, waiting } = value;
        Object.assign(coach, { report, hours, waiting, readAt: coach.now });
        return coach.csvUrl;
    """
    told: dict[str, Any] = {
        "report": {"to": "2026-11-21"},
        "hours": {"zone": zone},
        "waiting": {"now": now.timestamp()},
    }
    query = parse_qs(urlsplit(panel.ask("features/coach/coach.js", script, told)).query)
    return query["from"] + query["to"]


@pytest.mark.parametrize(
    ("hour", "minute", "days"),
    [(20, 59, ["2026-11-08", "2026-11-21"]), (21, 1, ["2026-11-09", "2026-11-22"])],
)
def test_a_page_left_open_over_midnight_asks_for_the_new_day(
    panel: Panel, hour: int, minute: int, days: list[str]
) -> None:
    now = datetime(2026, 11, 21, hour, minute, tzinfo=ZoneInfo("UTC"))

    assert asked(panel, now, "Europe/Moscow") == days


def test_a_time_zone_that_the_browser_does_not_know_leaves_the_day_of_the_last_answer(panel: Panel) -> None:
    now = datetime(2026, 11, 25, tzinfo=ZoneInfo("UTC"))

    assert asked(panel, now, "Europe/Nowhere") == ["2026-11-08", "2026-11-21"]


def test_a_look_that_fails_does_not_turn_the_countdown_back(panel: Panel) -> None:
    script = """
        const coach = Object.assign(new m.Coach(null, null, false), { draw() {} });
        Object.assign(coach, { waiting: { now: 0, open: true, chats: [] }, readAt: coach.now - 60 });
        coach.tick();
        return coach.passed;
    """

    assert panel.ask("features/coach/coach.js", script) >= 60


CHOOSE = """
    const held = [];
    const before = window.fetch;
    window.fetch = () => new Promise((resolve, reject) => held.push({ resolve, reject }));
    const answer = (place, body) => held[place].resolve(new Response(JSON.stringify(body)));
    const [year, week] = [{ name: 'year', days: 364, by: 'week' }, { name: 'week', days: 7, by: 'day' }];
    const told = { report: { to: '2026-11-21', by: 'day' }, hours: { zone: 'UTC' }, waiting: { now: 0 } };
    const coach = Object.assign(new m.Coach(null, (key) => key, false), { draw() {}, ...told });
    coach.t.maybe = () => undefined;
    const usual = coach.range;
"""


def test_an_answer_that_comes_after_a_later_choice_is_dropped(panel: Panel) -> None:
    script = f"""
        {CHOOSE}
        const choices = [coach.choose(year), coach.choose(week)];
        answer(1, {{ by: 'day', of: 'week' }});
        answer(0, {{ by: 'week', of: 'year' }});
        await Promise.all(choices);
        window.fetch = before;
        return [coach.report.of, coach.range.name, coach.busy];
    """

    assert panel.ask("features/coach/coach.js", script) == ["week", "week", False]


def test_a_choice_without_an_answer_leaves_the_range_of_the_figures_on_screen(panel: Panel) -> None:
    script = f"""
        {CHOOSE}
        const choice = coach.choose(year);
        held[0].reject(new TypeError('unreachable'));
        await choice;
        window.fetch = before;
        return [coach.range === usual, coach.trouble];
    """

    assert panel.ask("features/coach/coach.js", script) == [True, "refused.unreachable"]
