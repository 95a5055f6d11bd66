"""Checks before anything starts whether ports are free."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from avito_live.runner.errors import RunError
from avito_live.runner.parts import KINDS
from avito_live.runner.plan import Listener, RunPlan
from shared.http.listening import bind, refusal

_TRIES = 50
_ANY = {"", "0.0.0.0", "::"}  # noqa: S104 # read here, not bound


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port that was free a moment ago."""
    with bind(host, 0) as probe:
        return int(probe.getsockname()[1])


def why_not(host: str, port: int) -> str | None:
    """Return why nothing can listen there; None: it is free."""
    try:
        bind(host, port).close()
    except OSError as error:
        return refusal(host, error)
    return None


def settled(plan: RunPlan) -> RunPlan:
    """Return the plan with free ports: 0 means any port, the worker takes the next free one.

    No two parts get the same port. Raises RunError, which names every port that is taken and a free one.
    """
    worker = plan.listeners["worker"]
    fixed = [listener for listener in plan.listeners.values() if listener is not worker]
    used = {listener.port for listener in fixed}
    chosen: dict[str, Listener] = {}
    troubles: list[str] = []
    for listener in fixed:
        ours = listener
        if listener.port == 0 and why_not(listener.host, 0) is None:
            ours = _next_free(listener, used)
        elif why := _why_not_ours(listener, chosen.values()):
            after = replace(listener, host="127.0.0.1", port=max(listener.port + 10, 1024))
            troubles.append(
                f"port {listener.port} ({listener.part}) {why}, or start on another one: "
                f"{KINDS[listener.part].port}={_next_free(after, used).port} make run"
            )
        chosen[listener.part] = ours
        used.add(ours.port)
    if troubles:
        raise RunError("; ".join(troubles))
    return replace(plan, listeners={**chosen, "worker": _next_free(worker, used)})


def _why_not_ours(listener: Listener, others: Iterable[Listener]) -> str | None:
    for other in others:
        is_same_host = other.host == listener.host or not _ANY.isdisjoint((other.host, listener.host))
        if other.port == listener.port and is_same_host:
            return f"is also that of {other.part}: change one of them"
    why = why_not(listener.host, listener.port)
    return f"{why}: stop what uses it" if why else None


def _next_free(listener: Listener, used: Collection[int]) -> Listener:
    """Return the listener with the next free port that is not in `used`, or any port if none is found."""
    if listener.port:
        for port in range(listener.port, min(listener.port + _TRIES, 65536)):
            if port not in used and why_not(listener.host, port) is None:
                return replace(listener, port=port)
    while (port := free_port(listener.host)) in used:
        pass
    return replace(listener, port=port)
