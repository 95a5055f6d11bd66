"""The coach over HTTP: its page, the report, the same as CSV, and the chats that wait."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from redis.asyncio import Redis
from starlette.requests import Request
from starlette.responses import Response

from push_gateway.auth.access import PATH
from push_gateway.chats.accounts import all_accounts
from push_gateway.features.coach import csv_table, repository
from push_gateway.features.coach.report import TARGET_S, By, Figures, Report, late_since, left_s, report
from push_gateway.http.errors import ApiError
from push_gateway.http.responses import json_response
from push_gateway.http.routes import ApiCall, get
from push_gateway.pages import panel
from shared.working_hours.hours import Setting
from shared.working_hours.open_time import OpenTime, begin_of, day_of, open_time

_DAYS_SHOWN = 14
_DAYS_AT_MOST = 400
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _DateRange:
    """The days of a report, both ends included, and how they are grouped."""

    first: date
    last: date
    by: By


async def show(call: ApiCall) -> Response:
    """Answer `GET coach?from=&to=&by=day|week`."""
    setting = await repository.setting(call.redis)
    asked = _date_range(call.request, setting)
    told = await _report(call.redis, asked, setting)
    return json_response(
        {
            "zone": setting.hours.zone,
            "target_s": TARGET_S,
            "from": asked.first.isoformat(),
            "to": asked.last.isoformat(),
            "by": asked.by,
            "total": _figures(told.all),
            "operators": _operators(told.operators),
            "periods": [
                {
                    "from": period.first.isoformat(),
                    "to": period.last.isoformat(),
                    **_figures(period.all),
                    "operators": _operators(period.operators),
                }
                for period in told.periods
            ],
        }
    )


async def export(call: ApiCall) -> Response:
    """Answer `GET coach.csv?from=&to=&by=day|week`."""
    setting = await repository.setting(call.redis)
    asked = _date_range(call.request, setting)
    name = f"answers-{asked.first.isoformat()}-{asked.last.isoformat()}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    body = csv_table.write(await _report(call.redis, asked, setting))
    return Response(body, headers=headers, media_type="text/csv; charset=utf-8")


async def show_waiting(call: ApiCall) -> Response:
    """Answer `GET coach/waiting`: the chats that can still be answered in time, the most urgent first.

    `more` counts those in time that are not listed, `late` those that wait longer.
    """
    setting, now = await repository.setting(call.redis), time.time()
    clock = open_time(setting.hours, now, now)
    since = late_since(now, clock)
    chats: list[dict[str, Any]] = []
    late = more = 0
    for account in await all_accounts(call.redis):
        found = await repository.waiting(call.redis, account, since)
        chats += [_waiting(chat, now, clock) for chat in found.chats]
        late, more = late + found.late, more + found.more
    chats.sort(key=lambda chat: cast("float", chat["left_s"]))
    return json_response(
        {"now": now, "open": clock.closed_at(now) is None, "chats": chats, "more": more, "late": late}
    )


async def _report(redis: Redis, asked: _DateRange, setting: Setting) -> Report:
    begin = begin_of(asked.first, setting.hours.zone)
    end = begin_of(asked.last + _DAY, setting.hours.zone)
    accounts = await all_accounts(redis)
    found = [await repository.answers(redis, account, begin, end) for account in accounts]
    answers = [one for of_account in found for one in of_account]
    return await asyncio.to_thread(report, answers, setting.hours, asked.first, asked.last, asked.by)


def _date_range(request: Request, setting: Setting) -> _DateRange:
    query = request.query_params
    today = day_of(time.time(), setting.hours.zone)
    last = _date(query.get("to"), today)
    first = _date(query.get("from"), last - (_DAYS_SHOWN - 1) * _DAY)
    by = query.get("by") or "day"
    if by not in ("day", "week"):
        raise ApiError(422, "bad_by", "by must be day or week.")
    if not timedelta() <= last - first < _DAYS_AT_MOST * _DAY:
        raise ApiError(
            422, "bad_days", f"from must not lie after to, nor {_DAYS_AT_MOST} days or more before it."
        )
    return _DateRange(first, last, cast("By", by))


def _date(text: str | None, default: date) -> date:
    if not text:
        return default
    found = None
    with suppress(ValueError):
        found = date.fromisoformat(text)
    if found is None or found.isoformat() != text:
        raise ApiError(422, "bad_date", "A date must be written like 2026-11-22.")
    if not 2000 <= found.year <= 2199:
        raise ApiError(422, "bad_date", "A date must lie in the years 2000 to 2199.")
    return found


def _figures(figures: Figures) -> dict[str, object]:
    return {"count": figures.count, "median_s": figures.median_s, "share": figures.share}


def _operators(operators: dict[str | None, Figures]) -> list[dict[str, object]]:
    return [{"operator": name, **_figures(figures)} for name, figures in operators.items()]


def _waiting(chat: dict[str, Any], now: float, clock: OpenTime) -> dict[str, object]:
    return {
        "chat_id": chat["id"],
        "buyer": (chat["buyer"] or {}).get("name"),
        "item": (chat["item"] or {}).get("title"),
        "since": chat["unanswered_since"],
        "left_s": round(left_s(chat["unanswered_since"], now, clock), 3),
    }


ROUTES = [
    panel.page_route("coach", "coach.html"),
    get(f"{PATH}api/coach", "read", show),
    get(f"{PATH}api/coach.csv", "read", export),
    get(f"{PATH}api/coach/waiting", "read", show_waiting),
]
