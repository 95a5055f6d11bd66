"""Starts everything in order and runs until Ctrl-C, or until a part is given up."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from avito_live import env_file, interruptible
from avito_live.runner import banner, demo, embedded_redis, lock, parts
from avito_live.runner.folders import Folders
from avito_live.runner.plan import RunPlan
from avito_live.runner.supervisor import Supervisor
from avito_live.runner.terminal import Terminal
from shared.process.shutdown import cancel_and_wait


@dataclass(frozen=True, slots=True)
class Launcher:
    """One run of everything. `values`: `.env` overridden by the environment; `cut`: see redis_data.py."""

    plan: RunPlan
    folders: Folders
    values: Mapping[str, str]
    terminal: Terminal
    cut: bool = False

    async def run(self) -> None:
        """Start everything and end it cleanly on a signal. Raises RunError when a part is given up."""
        supervisor = Supervisor(self.folders, self.terminal)
        stop = _stop_signals(supervisor, self.terminal)
        start = asyncio.create_task(self._start(supervisor))
        try:
            await _first(stop, supervisor.failed, start)
            await _first(stop, supervisor.failed)
        finally:
            await cancel_and_wait(start)
            await supervisor.end()
            self.folders.redis_url.unlink(missing_ok=True)
            stop.cancel()
            if not supervisor.failed.cancel():
                supervisor.failed.exception()  # raised above already

    async def _start(self, supervisor: Supervisor) -> None:
        plan, own = self.plan, await self._prepared_redis()
        redis_url = own.ready_url if own else plan.redis_url
        environ = environment(plan, self.folders, self.values, redis_url)

        def start(*names: str) -> tuple[str, ...]:
            for name in names:
                supervisor.start(parts.part(name, plan.url(name), environ))
            return names

        first = start("simulator") if plan.demo else ()  # it reads its data while Redis reads its own
        if own:
            supervisor.start(own)
            await supervisor.ready("redis", *first)
        else:
            await supervisor.ready(*first)
        env_file.write(self.folders.redis_url, f"{redis_url}\n", 0o600)
        services = start("ingest", "worker", "gateway")
        if plan.demo:
            await demo.add_quick_replies(redis_url)
        await supervisor.ready(*services)
        said = banner.text(
            values=self.values,
            panel=f"{plan.url('gateway')}/admin/avito/",
            password=await banner.working_password(redis_url, self.values),
            demo=plan.demo,
            env_file=self.folders.home / ".env",
            logs=self.folders.log("redis").parent,
        )
        self.terminal.say(said)
        self.terminal.quiet = False

    async def _prepared_redis(self) -> parts.Part | None:
        """Return the Redis to start; None: the one at REDIS_URL is fit for this run."""
        if url := self.plan.redis_url:
            account = self.values.get("AVITO_USER_ID", "")
            if done := await demo.prepare(url, demo=self.plan.demo, account=account):
                self.terminal.say(done)
            return None
        held = await asyncio.to_thread(lock.take_data, self.folders.redis)
        return await asyncio.to_thread(
            embedded_redis.in_folder, self.folders.redis, held, self.terminal.say, cut=self.cut
        )


def environment(plan: RunPlan, folders: Folders, values: Mapping[str, str], redis_url: str) -> dict[str, str]:
    """Return the environment of the parts: the settings; in the demo the simulator takes Avito's place."""
    chosen = {**values, "REDIS_URL": redis_url}
    if not plan.demo:
        return chosen
    simulated = parts.simulated(chosen, plan.url("simulator"), plan.url("ingest"))
    return simulated | {
        "SPOOL_DIR": str(folders.data / "spool"),
        "SIM_HOST": plan.listeners["simulator"].host,
        "SIM_DEMO": "1",
        "SIM_SUBSCRIBED": simulated["WEBHOOK_URL"],  # a worker takes a subscription that it finds as wanted
        "SIM_STATE_FILE": str(folders.data / "simulator.json"),
    }


async def _first(*futures: asyncio.Future[None]) -> None:
    """Wait until the first of these is done, and raise its error if it has one."""
    done, _ = await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    for future in done:
        future.result()


def _stop_signals(supervisor: Supervisor, terminal: Terminal) -> asyncio.Future[None]:
    """Return a future that is done at the first SIGINT, SIGTERM or SIGHUP; the second kills all parts."""
    stop: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def heard() -> None:
        if stop.done():
            terminal.say("Stopping at once.")
            supervisor.kill()
        else:
            terminal.say("\nStopping … (Ctrl-C again: at once)")
            stop.set_result(None)

    interruptible.on_signals(heard)
    return stop
