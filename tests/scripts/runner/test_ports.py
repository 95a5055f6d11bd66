import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest

from avito_live.runner.errors import RunError
from avito_live.runner.plan import Listener, RunPlan, read_plan
from avito_live.runner.ports import settled, why_not
from testbed import free_port


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


def changed(plan: RunPlan, *others: Listener, **ports: int) -> RunPlan:
    """Return the plan with other listeners, or other ports of some."""
    moved = [replace(plan.listeners[part], port=port) for part, port in ports.items()]
    return replace(plan, listeners={**plan.listeners, **{one.part: one for one in (*others, *moved)}})


def free_row(length: int) -> int:
    """Return the first of some ports in a row that were all free a moment ago."""
    while True:
        first = free_port()
        if all(why_not("127.0.0.1", port) is None for port in range(first, min(first + length, 65536))):
            return first


def test_ports_that_are_free_stay_as_they_are(plan: RunPlan) -> None:
    assert settled(plan) == plan


def test_every_taken_port_is_named_with_the_fix(plan: RunPlan, taken: int) -> None:
    plan = changed(plan, gateway=taken, ingest=taken)

    with pytest.raises(RunError) as caught:
        settled(plan)

    line = str(caught.value)
    assert line.count(f"port {taken} (") == 2
    assert "GATEWAY_PORT=" in line
    assert "INGEST_PORT=" in line
    assert "\n" not in line


def test_the_worker_takes_the_next_free_port(plan: RunPlan, taken: int) -> None:
    assert settled(changed(plan, worker=taken)).listeners["worker"].port > taken


def test_the_worker_takes_no_port_that_another_part_of_ours_wants(plan: RunPlan) -> None:
    first = free_row(3)
    with socket.create_server(("127.0.0.1", first)):
        chosen = settled(changed(plan, worker=first, simulator=first + 1, ingest=first + 2))

    assert chosen.listeners["worker"].port > first + 2


def test_the_same_port_on_two_addresses_is_no_clash(plan: RunPlan) -> None:
    plan = changed(plan, Listener("ingest", "127.0.0.2", plan.listeners["gateway"].port))

    assert settled(plan) == plan


def test_equal_ports_of_two_parts_are_named_at_the_start(plan: RunPlan) -> None:
    port = plan.listeners["gateway"].port

    with pytest.raises(RunError) as caught:
        settled(changed(plan, ingest=port))

    assert f"port {port} (ingest) is also that of gateway" in str(caught.value)
    assert "INGEST_PORT=" in str(caught.value)


def test_ports_that_may_be_any_differ_from_each_other(plan: RunPlan) -> None:
    chosen = settled(changed(plan, gateway=0, ingest=0, worker=0, simulator=0))

    assert len({one.port for one in chosen.listeners.values()}) == 4


def test_a_simulator_that_will_not_run_needs_no_port(taken: int) -> None:
    keys = {"AVITO_CLIENT_ID": "id", "AVITO_CLIENT_SECRET": "key", "AVITO_USER_ID": "77"}
    values = {"WEBHOOK_SECRET": "a", "SESSION_SECRET": "b", "SIM_PORT": str(taken), **keys}

    assert "simulator" not in read_plan(values).listeners


def test_port_0_becomes_any_free_one(plan: RunPlan) -> None:
    assert settled(changed(plan, gateway=0)).listeners["gateway"].port > 0


def test_an_address_of_another_machine_is_said_to_be_one() -> None:
    assert "no address of this machine" in (why_not("192.0.2.1", free_port()) or "")
