import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from avito_live.runner.errors import RunError
from avito_live.runner.plan import RunPlan, read_plan
from avito_live.runner.ports import free_port, settled, why_not


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def plan() -> RunPlan:
    names = ("GATEWAY_PORT", "INGEST_PORT", "WORKER_METRICS_PORT", "SIM_PORT")
    return read_plan(
        {"WEBHOOK_SECRET": "a", "SESSION_SECRET": "b", **{name: str(free_port()) for name in names}}
    )


def free_row(length: int) -> int:
    """Return the first of some ports in a row that were all free a moment ago."""
    while True:
        first = free_port()
        if all(why_not("127.0.0.1", port) is None for port in range(first, min(first + length, 65536))):
            return first


def test_ports_that_are_free_stay_as_they_are(plan: RunPlan) -> None:
    assert settled(plan) == plan


def test_every_taken_port_is_named_with_the_fix(plan: RunPlan, taken: int) -> None:
    plan = replace(plan, gateway=replace(plan.gateway, port=taken), ingest=replace(plan.ingest, port=taken))

    with pytest.raises(RunError) as caught:
        settled(plan)

    line = str(caught.value)
    assert line.count(f"port {taken} (") == 2
    assert "GATEWAY_PORT=" in line
    assert "INGEST_PORT=" in line
    assert "\n" not in line


def test_the_worker_takes_the_next_free_port(plan: RunPlan, taken: int) -> None:
    plan = replace(plan, worker=replace(plan.worker, port=taken))

    assert settled(plan).worker.port > taken


def test_the_worker_takes_no_port_that_another_part_of_ours_wants(plan: RunPlan) -> None:
    first = free_row(3)
    plan = replace(
        plan,
        demo=True,
        worker=replace(plan.worker, port=first),
        simulator=replace(plan.simulator, port=first + 1),
        ingest=replace(plan.ingest, port=first + 2),
    )

    with socket.create_server(("127.0.0.1", first)):
        chosen = settled(plan)

    assert chosen.worker.port > first + 2


def test_the_same_port_on_two_addresses_is_no_clash(plan: RunPlan) -> None:
    plan = replace(plan, ingest=replace(plan.ingest, host="127.0.0.2", port=plan.gateway.port))

    assert settled(plan) == plan


def test_equal_ports_of_two_parts_are_named_at_the_start(plan: RunPlan) -> None:
    plan = replace(plan, ingest=replace(plan.ingest, port=plan.gateway.port))

    with pytest.raises(RunError) as caught:
        settled(plan)

    assert f"port {plan.gateway.port} (ingest) is also that of gateway" in str(caught.value)
    assert "INGEST_PORT=" in str(caught.value)


def test_ports_that_may_be_any_differ_from_each_other(plan: RunPlan) -> None:
    any_port = {
        part: replace(getattr(plan, part), port=0) for part in ("gateway", "ingest", "worker", "simulator")
    }

    chosen = settled(replace(plan, demo=True, **any_port))

    assert len({one.port for one in chosen.listeners}) == 4


def test_a_simulator_that_will_not_run_needs_no_port(plan: RunPlan, taken: int) -> None:
    plan = replace(plan, demo=False, simulator=replace(plan.simulator, port=taken))

    assert settled(plan) == plan


def test_port_0_becomes_any_free_one(plan: RunPlan) -> None:
    assert settled(replace(plan, gateway=replace(plan.gateway, port=0))).gateway.port > 0


def test_an_address_of_another_machine_is_said_to_be_one() -> None:
    assert "no address of this machine" in (why_not("192.0.2.1", free_port()) or "")
