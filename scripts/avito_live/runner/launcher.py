"""Starts everything in order and runs until Ctrl-C, or until a part is given up."""

import asyncio
import os
import secrets
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx

from avito_live.runner import banner, demo, demo_redis, embedded_redis, lock, parts, redis_address
from avito_live.runner.embedded_redis import EmbeddedRedis
from avito_live.runner.folders import Folders
from avito_live.runner.plan import RunPlan
from avito_live.runner.ports import free_port
from avito_live.runner.supervisor import Supervisor
from avito_live.runner.terminal import Terminal


class Launcher:
    """One run of everything. `values`: `.env` overridden by the environment."""

    def __init__(
        self, plan: RunPlan, folders: Folders, values: Mapping[str, str], terminal: Terminal
    ) -> None:
        self._plan = plan
        self._folders = folders
        self._values = values
        self._terminal = terminal

    async def run(self) -> None:
        """Start everything and end it cleanly on a signal. Raises RunError when a part is given up."""
        async with httpx.AsyncClient(trust_env=False, timeout=5) as http:
            supervisor = Supervisor(self._folders, self._terminal, http)
            stop = _stop_signals(supervisor, self._terminal)
            start = asyncio.create_task(self._start(supervisor, http))
            try:
                await _first(stop, supervisor.failed, start)
                await _first(stop, supervisor.failed)
            finally:
                start.cancel()
                await asyncio.gather(start, return_exceptions=True)
                await supervisor.end()
                redis_address.url_file(self._folders.home).unlink(missing_ok=True)
                stop.cancel()
                if not supervisor.failed.cancel():
                    supervisor.failed.exception()  # raised above already

    async def _start(self, supervisor: Supervisor, http: httpx.AsyncClient) -> None:
        plan, folders = self._plan, self._folders
        redis_url = await self._redis(supervisor)
        _write_privately(redis_address.url_file(folders.home), redis_url)
        environ = parts.environment(plan, folders, self._values, redis_url)
        supervisor.start(parts.ingest(plan, environ))
        if plan.demo:
            await demo.add_quick_replies(redis_url)
            supervisor.start(parts.simulator(plan, folders, self._values))
            await supervisor.ready("simulator", "ingest")
            # Before the worker starts: it takes a subscription that it finds as wanted.
            await demo.subscribe(http, plan.simulator.url, environ["WEBHOOK_URL"])
        supervisor.start(parts.worker(plan, environ))
        supervisor.start(parts.gateway(plan, environ))
        await supervisor.ready("ingest", "worker", "gateway")
        self._terminal.say(await self._banner(http))

    async def _redis(self, supervisor: Supervisor) -> str:
        if url := self._plan.redis_url:
            account = self._values.get("AVITO_USER_ID", "")
            if done := await demo_redis.prepare(url, demo=self._plan.demo, account=account):
                self._terminal.say(done)
            return url
        folder = self._folders.redis
        kind, program = embedded_redis.choose(folder)
        own = EmbeddedRedis(kind, program, folder, free_port(), secrets.token_hex(16))
        held = await asyncio.to_thread(lock.take_data, folder)
        supervisor.start(own.prepare(held))
        await supervisor.redis_ready(own.url)
        return own.url

    async def _banner(self, http: httpx.AsyncClient) -> str:
        username = self._values.get("ADMIN_USERNAME", "").strip()
        password = self._values.get("ADMIN_PASSWORD", "").strip()
        known = await banner.login_works(http, self._plan.gateway.url, username, password)
        return banner.text(
            banner.Facts(
                panel=f"{self._plan.gateway.url}/admin/avito/",
                username=username,
                password=password if known else None,
                demo=self._plan.demo,
                domain=self._values.get("DOMAIN", "").strip(),
                env_file=str(self._folders.home / ".env"),
                logs=str(self._folders.log("redis").parent),
            )
        )


async def _first(*futures: asyncio.Future[None]) -> None:
    """Wait until the first of these is done, and raise its error if it has one."""
    done, _ = await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    for future in done:
        future.result()


def _stop_signals(supervisor: Supervisor, terminal: Terminal) -> asyncio.Future[None]:
    """Return a future that is done at the first SIGINT, SIGTERM or SIGHUP; the second kills all parts."""
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[None] = loop.create_future()

    def heard() -> None:
        if stop.done():
            terminal.say("Stopping at once.")
            supervisor.kill()
        else:
            terminal.say("\nStopping … (Ctrl-C again: at once)")
            stop.set_result(None)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup stays nohup
            loop.add_signal_handler(number, heard)
    return stop


def _write_privately(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        path.unlink()
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"{text}\n")
