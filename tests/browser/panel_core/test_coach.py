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
    query = parse_qs(urlsplit(panel.ask("coach/coach.js", script, told)).query)
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

    assert panel.ask("coach/coach.js", script) >= 60
