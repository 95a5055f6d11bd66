"""`doctor` and `status`: run the checks side by side, each in its own time, and show what they find."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

from redis.exceptions import RedisError

from avito_live.doctor import (
    avito_checks,
    certificate_checks,
    disk_checks,
    dns_checks,
    redis_certificates,
    redis_checks,
    settings_checks,
    system_checks,
    webhook_checks,
    websocket_checks,
)
from avito_live.doctor.rows import Row, in_order, row, table, verdict, without_consequences, worst
from avito_live.runner import configuration, installation, settings_check
from avito_live.runner.folders import Folders
from avito_live.runner.parts import SIMULATOR_KEYS
from avito_live.webhook_setup.context import FAILED, NO_REDIS, CommandContext
from shared import masking
from shared.command_names import named_for_here
from shared.settings import SettingsError
from shared.status import read_status
from shared.wires import heartbeat
from worker.avito.errors import AvitoError

WITHIN_S = 11.0
"""Seconds that each check may take; they run at the same time."""

Check = Callable[[CommandContext], Awaitable[list[Row]]]


async def doctor(context: CommandContext) -> int:
    """Check everything and print the table; exit code 1 if something is wrong."""
    found = without_consequences(in_order(await run_checks(_checks(context), context)))
    _show(context, found)
    print(verdict(found, context.language))
    return FAILED if worst(found) == "wrong" else 0


async def run_checks(
    checks: Sequence[tuple[str, Check]], context: CommandContext, within_s: float = WITHIN_S
) -> list[Row]:
    """Return the rows of all checks; one that hangs or fails becomes a row itself."""
    rows = await asyncio.gather(*(_run(name, check, context, within_s) for name, check in checks))
    found = [one for some in rows for one in some]
    return [one for place, one in enumerate(found) if one not in found[:place]]


async def _run(name: str, check: Check, context: CommandContext, within_s: float) -> list[Row]:
    try:
        async with asyncio.timeout(within_s):
            return await check(context)
    except TimeoutError:
        return [row("check_silent", name, seconds=round(within_s))]
    except RedisError as error:
        return [redis_checks.trouble(error)]
    except Exception as error:  # noqa: BLE001 # whatever it is, the other checks have something to say
        return [row("check_failed", name, error=type(error).__name__)]


def _checks(context: CommandContext) -> list[tuple[str, Check]]:
    """Return the checks that make sense here; a demo has no name, certificate, proxy and account.

    What takes a setting that is wrong, as the settings' rows say, is left out.
    """
    system = context.system
    checks: list[tuple[str, Check]] = [("disk", _disks), ("redis", _redis), ("services", _system)]
    if system.demo:
        return [("demo", _demo), *checks]
    checks.append(("settings", _settings))
    takes: list[tuple[str, Check, tuple[str, ...]]] = [
        ("avito", avito_checks.check, (*SIMULATOR_KEYS, "AVITO_API_URL")),
        ("clock", _clock, ("AVITO_API_URL",)),
        ("dns", _name, ("DOMAIN", "WEBHOOK_URL")),
    ]
    return checks + [(name, check) for name, check, settings in takes if not system.lacks(*settings)]


async def _demo(context: CommandContext) -> list[Row]:
    return [row("demo")]


async def _settings(context: CommandContext) -> list[Row]:
    system, path = context.system, context.system.home / ".env"
    in_container, url = not path.exists(), context.address.url
    # In a container each service has its own settings alone, and is the only user.
    of_others = () if in_container else settings_check.problems_of(system.values)
    modes = {} if in_container else configuration.open_secrets(system.secrets)
    return settings_checks.judge(
        has_address=bool(url),
        modes={str(path): configuration.open_mode(path), **modes},
        problems=dict.fromkeys([*system.problems, *of_others]),
        differences=len(configuration.env_lines(path).differences),
        trusts_proxy=in_container or settings_checks.trusts_proxy(system.values, system.home, url),
    )


async def _disks(context: CommandContext) -> list[Row]:
    folders = Folders(context.system.home, context.system.demo)
    here = await asyncio.to_thread(disk_checks.look, (folders.data / "backups", folders.redis))
    there = {} if context.redis_trouble else await heartbeat.live_processes(context.redis, "ingest")
    return disk_checks.judge([*here, *disk_checks.of_spools(there)])


async def _redis(context: CommandContext) -> list[Row]:
    if isinstance(context.system.redis_error, SettingsError):
        return []  # the settings' rows say it
    if not context.system.redis_url:
        return [row("nothing_runs")]
    if error := context.system.redis_error:
        return [redis_checks.trouble(error)]
    users = context.system.home / "var" / "redis" / "users.acl"
    facts = await redis_checks.ask(context.redis, context.system.redis_url, users)
    return [*redis_checks.judge(facts), *await redis_certificates.check(context.redis)]


async def _system(context: CommandContext) -> list[Row]:
    if context.redis_trouble:
        return []
    living = await heartbeat.live_processes_by_kind(context.redis)
    lacks_keys = context.system.lacks(*SIMULATOR_KEYS)
    services = system_checks.judge_services(living, "" if lacks_keys else context.settings.keys.mark)
    status = await read_status(context.redis, now := time.time())
    if context.system.demo:
        return services + system_checks.judge_queue(status, now)
    return services + system_checks.judge_status(status, now, wanted=await context.is_wanted())


async def _clock(context: CommandContext) -> list[Row]:
    return [await avito_checks.check_clock(context)]


async def _name(context: CommandContext) -> list[Row]:
    """Look the name up; what is behind it is asked only if DNS has it."""
    url, meant = context.address.url, context.explicit
    if not url:
        return []
    addresses, silent = await dns_checks.resolve(masking.host_of(url))
    named = dns_checks.judge(url, addresses, meant=meant, silent=silent)
    if not addresses:
        return named

    async def places(context: CommandContext) -> list[Row]:
        return dns_checks.judge_places(await dns_checks.ask_each(url, addresses)) if addresses[1:] else []

    async def certificate(context: CommandContext) -> list[Row]:
        return [await certificate_checks.check(url, meant=meant)]

    async def webhook(context: CommandContext) -> list[Row]:
        return await webhook_checks.check(url)

    async def websocket(context: CommandContext) -> list[Row]:
        redis = None if context.redis_trouble else context.redis
        found = await websocket_checks.check(
            url, redis, context.system.values.get("SESSION_SECRET", "").strip()
        )
        return [found.if_meant(meant=meant and found.name == "websocket_not_upgraded")]

    behind = [("dns", places), ("https", certificate), ("webhook", webhook), ("websocket", websocket)]
    return named + await run_checks(behind, context, WITHIN_S - 1)


async def show_status(context: CommandContext) -> int:
    """Print our URL, the subscription at Avito, the mode and the last webhook; 1 if Avito did not say."""
    if context.address.url:
        context.tell_address()
    else:
        context.warn("no_address")
    try:
        code, found = 0, await avito_checks.check_subscription(context)
    except AvitoError as error:
        code, found = FAILED, avito_checks.trouble(error)
    _show(context, [found])
    if context.redis_trouble:
        raise context.stop(NO_REDIS, "no_redis", error=context.redis_trouble)
    status = await read_status(context.redis, now := time.time())
    _show(
        context,
        [
            *system_checks.judge_calls(status),
            system_checks.judge_mode(status, wanted=await context.is_wanted()),
            system_checks.judge_webhook(status, now),
        ],
    )
    return code


def _show(context: CommandContext, rows: Sequence[Row]) -> None:
    system = context.system
    pool = context.redis.connection_pool
    levers = installation.levers(system.values, system.home, demo=system.demo, pool=pool)
    print(named_for_here("\n".join(table(rows, context.language, levers, colour=sys.stdout.isatty()))))
