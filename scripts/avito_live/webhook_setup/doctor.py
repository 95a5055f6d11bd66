"""`doctor` and `status`: check what is between Avito and the panel; here are the checks on our own side."""

import sys
import time
from typing import Any

from redis.exceptions import ResponseError

from avito_live.webhook_setup import avito_checks, network_checks
from avito_live.webhook_setup.context import FAILED, NO_REDIS, CommandContext
from avito_live.webhook_setup.row import Row, bad, good, judged, table, warning
from shared.avito_state import AvitoTrouble, trouble_of
from shared.redis.info import Alarm, alarms, read_info
from shared.status import read_status
from shared.wires import heartbeat
from worker.avito.errors import AvitoError

_MIB = 1024 * 1024
_FIXES: dict[Alarm, str] = {
    "aof_failing": "free_disk",
    "evicting": "noeviction",
    "memory_full": "more_memory",
    "memory_nearly_full": "more_memory",
    "may_evict": "noeviction",
}

_AVITO_FIXES: dict[AvitoTrouble, str] = {
    "keys_refused": "restart_worker",
    "keys_or_tariff": "main_account",
    "not_paid": "buy",
    "avito_down": "avitos_fault",
}


async def doctor(context: CommandContext) -> int:
    """Check everything and print the table; exit code 1 if something must be fixed."""
    address = context.address.url
    rows = [
        good("settings", "all_given") if address else warning("settings", "no_domain", "give_domain"),
        *[
            warning("settings", "read_differently", line.fix, line=line.number, name=line.name)
            for line in context.ambiguous
        ],
        *await _redis(context),
        *await network_checks.check(context),
        *await avito_checks.check(context),
        *await _system(context),
    ]
    _show(context, rows)
    troubled = sum(row.state == "bad" for row in rows)
    print(context.word("summary_bad" if troubled else "summary_good", count=troubled))
    return FAILED if troubled else 0


async def show_status(context: CommandContext) -> int:
    """Print our URL, the subscription at Avito, the mode and the last webhook; 1 if Avito did not say."""
    if context.address.url:
        context.tell_address()
    else:
        context.warn("no_address")
    try:
        code, row = 0, await avito_checks.check_subscription(context)
    except AvitoError as error:
        code, row = FAILED, avito_checks.trouble("subscription", error)
    _show(context, [row])
    if context.redis_trouble:
        raise context.stop(NO_REDIS, "no_redis", error=context.redis_trouble)
    status = await read_status(context.redis, time.time())
    _show(context, [*_avito(status), _mode(status), _last_webhook(status)])
    return code


def _show(context: CommandContext, rows: list[Row]) -> None:
    print("\n".join(table(rows, context.language, colour=sys.stdout.isatty())))


async def _redis(context: CommandContext) -> list[Row]:
    """Check that Redis answers, persists, evicts nothing and has room."""
    if context.redis_trouble:
        return [bad("redis", "just", "start_system", text=context.redis_trouble)]
    try:
        facts: dict[str, Any] = await context.redis.info()
    except ResponseError:
        facts = {}
    if "run_id" not in facts:
        return [bad("redis", "hides_info", "allow_info")]
    info = read_info(facts)
    found = [good("redis", "answers", version=facts["redis_version"], used=info.used // _MIB)]
    found.append(good("disk", "aof") if info.aof_on else warning("disk", "no_aof", "enable_aof"))
    return found + [bad("redis", alarm, _FIXES[alarm]) for alarm in alarms(info)]


async def _system(context: CommandContext) -> list[Row]:
    """Check the running system by its own status."""
    if context.redis_trouble:
        return []
    status = await read_status(context.redis, time.time())
    living = await heartbeat.live_processes_by_kind(context.redis)
    counts = {part: len(names) for part, names in living.items()}
    services = judged("services", "alive", "start_system", ok=all(counts.values()), **counts)
    return [*_avito(status), _mode(status), _last_webhook(status), _queue(status), services]


def _avito(status: dict[str, Any]) -> list[Row]:
    """Name the trouble that the running system has with Avito, even where the calls from here work."""
    trouble = trouble_of(status["avito"])
    return [bad("calls", trouble, _AVITO_FIXES[trouble])] if trouble else []


def _mode(status: dict[str, Any]) -> Row:
    if status["mode"] == "webhook":
        return good("mode", "by_webhook")
    return warning("mode", "by_polling", "subscribe", reason=status["reason"] or "-")


def _last_webhook(status: dict[str, Any]) -> Row:
    last = status["last_webhook_at"]
    if last is None:
        return warning("last_webhook", "none_yet", "send_one")
    return good("last_webhook", "ago", minutes=max(0, int(time.time() - last) // 60))


def _queue(status: dict[str, Any]) -> Row:
    figures = {"waiting": status["inbox"]["waiting"], "dead": status["dead"], "spooled": status["spooled"]}
    late = (status["inbox"]["oldest_s"] or 0) > 10
    fix = "see_dead" if status["dead"] else "start_system"
    return judged("queue", "waits", fix, ok=not late and not status["dead"], **figures)
