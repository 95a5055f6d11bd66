"""Ports: taken or free, told before anything starts."""

import errno
import socket
from dataclasses import replace

from avito_live_run.plan import Listener, Plan
from avito_live_run.problem import ProblemError

_TRIES = 50


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that was free a moment ago."""
    with _socket(host) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def why_not(host: str, port: int) -> str | None:
    """Say why nothing can listen there; None: it is free."""
    try:
        with _socket(host) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        match error.errno:
            case errno.EADDRINUSE:
                return "is taken by another program"
            case errno.EACCES:
                return "needs root"
            case errno.EADDRNOTAVAIL:
                return f"cannot be opened: {host} is no address of this machine"
            case _:
                return f"cannot be opened on {host}: {error.strerror}"
    return None


def settled(plan: Plan) -> Plan:
    """Return the plan with ports that are free now: 0 means any, the worker takes the next free one.

    Raises ProblemError that names every port which cannot be had, and the way out.
    """
    troubles: list[str] = []
    plan = replace(
        plan,
        gateway=_settle(plan.gateway, troubles),
        ingest=_settle(plan.ingest, troubles),
        worker=_next_free(plan.worker),
        simulator=_settle(plan.simulator, troubles) if plan.demo else plan.simulator,
    )
    if troubles:
        raise ProblemError("; ".join(troubles))
    return plan


def _settle(listener: Listener, troubles: list[str]) -> Listener:
    if listener.port == 0 and why_not(listener.host, 0) is None:
        return replace(listener, port=free_port(listener.host))
    if why := why_not(listener.host, listener.port):
        other = _next_free(replace(listener, host="127.0.0.1", port=max(listener.port + 10, 1024))).port
        troubles.append(
            f"port {listener.port} ({listener.part}) {why}: stop what uses it, or start on another one: "
            f"{listener.variable}={other} make run"
        )
    return listener


def _next_free(listener: Listener) -> Listener:
    if listener.port:
        for port in range(listener.port, min(listener.port + _TRIES, 65536)):
            if why_not(listener.host, port) is None:
                return replace(listener, port=port)
    return replace(listener, port=free_port(listener.host))


def _socket(host: str) -> socket.socket:
    return socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
