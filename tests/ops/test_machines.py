"""Two machines with every service, behind one proxy, around one Redis; then one of them loses its network."""

from pathlib import Path

import pytest

from testbed import ACCOUNT, SECRET, System, running_system, shown, truth, until
from tests.deploy.proxies import running_caddy
from tests.ops.machines import HUB, Machine, machines
from tests.push_gateway.panel import Panel

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SERVICES = {"ingest": 8001, "worker": 8002, "gateway": 8000}
QUICK = {"POLL_INTERVAL_S": "1", "SWEEP_INTERVAL_S": "2", "WATCH_INTERVAL_S": "1"}


async def start(machine: Machine, system: System) -> None:
    """Start all services of a machine, on the ports that they have by default."""
    here = {
        "REDIS_URL": f"redis://{HUB}:{system.redis_server.port}/0",
        "AVITO_API_URL": f"http://{HUB}:{system.part('simulator').port}",
        "SPOOL_DIR": str(machine.folder / "spool"),
        "TRUSTED_PROXIES": HUB,
        **{f"{part}_HOST": machine.address for part in ("INGEST", "GATEWAY", "WORKER_METRICS")},
    }
    parts = [
        machine.start(name, port, {**system.part(name).described(system.environment).environ, **here})
        for name, port in SERVICES.items()
    ]
    for part in parts:
        await part.ready()


async def test_two_machines_share_the_work_and_one_carries_on_alone(tmp_path: Path) -> None:
    with machines(tmp_path / "machines", "one", "two") as made:
        redis_options = ("--bind", "127.0.0.1", HUB, "--protected-mode", "no")
        environ = QUICK | {"SIM_HOST": "0.0.0.0"}
        async with running_system(tmp_path, environ=environ, redis_options=redis_options) as system:
            for machine in made:
                await start(machine, system)
            ingests = [f"{machine.address}:8001" for machine in made]
            gateways = [f"{machine.address}:8000" for machine in made]
            with running_caddy(tmp_path / "caddy", ingests, gateways) as proxy:
                await system.avito.subscribe(f"{proxy.url}/admin/avito/webhook/{SECRET}")
                async with Panel.at(proxy.url) as panel:
                    await panel.log_in()
                    async with panel.socket() as one, panel.socket() as two:
                        await system.avito.write(await system.avito.chat(), "на обе машины")
                        heard = {(await socket.read_type("message"))["seq"] for socket in (one, two)}
                    both = await status(system, proxy.url)

                    made[0].cut()
                    for number in range(20):
                        await system.avito.write(await system.avito.chat(), f"без первой {number}")

                    async def equal() -> bool:
                        async with system.redis as redis:
                            return await shown(redis, ACCOUNT) == await truth(system.avito)

                    await until(equal, within=90, every=0.25)
                    async with panel.socket() as again:
                        assert (await again.read_type("hello"))["type"] == "hello"
                        message = await system.avito.write(await system.avito.chat(), "и дальше")
                        while (await again.read_type("message"))["message"]["id"] != message:
                            pass
                    await until(lambda: left(system, proxy.url), within=30, every=0.25)

    assert len(heard) == 1
    assert (both["workers"], both["gateways"]) == (2, 2)


async def status(system: System, base: str) -> dict[str, int]:
    return dict((await system.http.get(f"{base}/admin/avito/webhook/status")).json())


async def left(system: System, base: str) -> bool:
    """The status shows that one machine is gone."""
    told = await status(system, base)
    return (told["workers"], told["gateways"]) == (1, 1)
