"""The running system by its own status and heartbeats: processes, versions, open files, queues, mode."""

from collections.abc import Mapping
from typing import Any

from avito_live.doctor.rows import Row, row
from shared.avito_state import trouble_of
from shared.redis.info import NEARLY_FULL
from shared.status import CANARY_LATE_S, INBOX_LATE_S
from shared.wires.heartbeat import ServiceKind

_FEWEST_FILES = 4096
_SERVING: tuple[ServiceKind, ...] = ("ingest", "gateway")

Living = Mapping[ServiceKind, Mapping[str, Mapping[str, Any]]]


def judge_services(living: Living, keys_mark: str = "") -> list[Row]:
    """Return the rows of the processes by their heartbeats. `keys_mark`: of the keys in `.env`. Pure."""
    missing = [part for part, processes in living.items() if not processes]
    if len(missing) == len(living):
        return [row("nothing_runs")]
    rows = [row("part_missing", part=part) for part in missing]
    if not rows:
        rows.append(row("services_right", **{part: len(names) for part, names in living.items()}))
    facts = [one for processes in living.values() for one in processes.values()]
    versions = sorted({str(one["version"]) for one in facts if "version" in one})
    if len(versions) > 1:
        rows.append(row("versions_differ", versions=", ".join(versions)))
    marks = {str(one["keys"]) for one in living["worker"].values() if "keys" in one}
    if keys_mark and marks - {keys_mark}:
        rows.append(row("keys_changed"))
    return rows + [found for part in living for found in _files(part, living[part])]


def _files(part: ServiceKind, processes: Mapping[str, Mapping[str, Any]]) -> list[Row]:
    """Return the row of the process that is nearest to its limit of open files."""
    told = [
        (int(facts["files"]), int(facts["most_files"])) for facts in processes.values() if "files" in facts
    ]
    if not told:
        return []
    used, limit = max(told, key=lambda one: one[0] / one[1])
    if used >= NEARLY_FULL * limit:
        return [row("files_nearly_gone", part=part, used=used, limit=limit)]
    is_few = part in _SERVING and limit < _FEWEST_FILES
    return [row("files_few", part=part, limit=limit)] if is_few else []


def judge_status(status: Mapping[str, Any], now: float, *, wanted: bool | None) -> list[Row]:
    """Return the rows of the status, so that what it calls degraded is found here too. Pure.

    `wanted`: whether the owner wants the webhook; None: he has not said so.
    """
    return [
        *judge_queue(status, now),
        *judge_calls(status),
        judge_mode(status, wanted=wanted),
        judge_webhook(status, now),
    ]


def judge_queue(status: Mapping[str, Any], now: float) -> list[Row]:
    """Return the rows of what waits."""
    rows = []
    waiting, waited = status["inbox"]["waiting"], status["inbox"]["oldest_s"] or 0
    canary_at = status["last_canary_at"]
    if waited > INBOX_LATE_S:
        rows.append(row("inbox_late", waiting=waiting, seconds=int(waited)))
    if canary_at is not None and now - canary_at > CANARY_LATE_S:
        rows.append(row("canary_late", seconds=int(now - canary_at)))
    if "spool_failing" in status["alarms"]:
        rows.append(row("spool_failing"))
    if status["spooled"]:
        rows.append(row("spooled", spooled=status["spooled"]))
    if status["dead"]:
        rows.append(row("dead_letters", dead=status["dead"]))
    return rows or [row("queue_right", waiting=waiting, spooled=status["spooled"])]


def judge_calls(status: Mapping[str, Any]) -> list[Row]:
    """Return the rows of the trouble that the workers have with Avito, even where calls from here work."""
    trouble = trouble_of(status["avito"])
    rows = [row(f"calls_{trouble}")] if trouble else []
    if status["sweep_error"]:
        rows.append(row("list_unread", error=status["sweep_error"]))
    return rows


def judge_mode(status: Mapping[str, Any], *, wanted: bool | None) -> Row:
    """Return the row of the mode; polling is right where the owner wants it."""
    if status["mode"] == "webhook":
        return row("by_webhook")
    return row("polling_wanted") if wanted is False else row("by_polling", reason=status["reason"] or "-")


def judge_webhook(status: Mapping[str, Any], now: float) -> Row:
    """Return the row of the last webhook."""
    last = status["last_webhook_at"]
    return row("none_yet") if last is None else row("webhook_ago", minutes=max(0, int(now - last) // 60))
