"""Tests every HTTP path of docs/openapi.yaml with schemathesis: anonymously, as an owner, as a program."""

import asyncio
import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from avito_live import PROJECT
from tests.fuzz.stage import Figures, Stage
from tests.push_gateway.panel import PATH

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
Send: TypeAlias = Callable[[Any], None]

_CHECKS: list[CheckFunction] = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_ENDS_SESSIONS = (f"{PATH}logout", f"{PATH}login")
"""Tested anonymously only: as an owner they would end the session of later requests."""


async def paths(stage: Stage, figures: Figures, examples: int, seed: int) -> None:
    """Test each operation `examples` times as each client, and compare the answers with the description."""
    made = await stage.panel.http.post(f"{PATH}api/owner/tokens", json={"name": "fuzz", "scope": "reply"})
    token = {"Authorization": f"Bearer {made.json()['token']}"}
    owner = {"Cookie": stage.panel.cookie, "Origin": stage.panel.base}
    # In a thread: it takes more than a second, and in this loop the good messages are awaited.
    description = await asyncio.to_thread(schemathesis.openapi.from_path, PROJECT / "docs" / "openapi.yaml")
    for found in description.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        service = operation.definition.raw["x-service"]
        has_logins = service == "gateway" and operation.path not in _ENDS_SESSIONS
        is_of_chat = re.findall(r"{(\w+)}", operation.path) == ["chat_id"]
        known = {"chat_id": stage.target} if is_of_chat else None
        for part in ("ingest", "gateway") if service == "both" else (service,):
            for headers in ({}, *((owner, token) if has_logins else ())):
                send = partial(_send, figures, stage.system.url(part), headers)
                asked = partial(_ask, operation, known, send, examples, derandomize=seed == 0)
                await asyncio.to_thread(asked)


def _ask(
    operation: Operation, known: dict[str, str] | None, send: Send, examples: int, *, derandomize: bool
) -> None:
    """Test an operation with valid and with invalid values. `known`: path parameters that exist."""

    def asked(case: Any) -> None:
        send(case)

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        cases = operation.as_strategy(generation_mode=mode, path_parameters=known)
        bounded = settings(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=derandomize,
            phases=[Phase.generate],
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        )
        # Without parameters there are no invalid ones.
        with warnings.catch_warnings(), suppress(Unsatisfiable):
            warnings.simplefilter("ignore")  # warnings of a library about random values do not matter
            bounded(given(case=cases)(asked))()


def _send(figures: Figures, url: str, headers: dict[str, str], case: Any) -> None:
    """Send, and compare the answer with the description."""
    if headers:
        case.headers.pop("Origin", None)
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = case.call(
                base_url=url, session=session, headers=headers, allow_redirects=False, timeout=20
            )
        except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, ValueError):
            return  # this client cannot even write such a request
    figures.outcomes[str(answer.status_code)] += 1
    try:
        case.validate_response(answer, checks=_CHECKS)
    except FailureGroup as failures:
        said = "; ".join(sorted({str(failure) for failure in failures.exceptions}))
        figures.faults.append(f"{case.method} {case.formatted_path}: {answer.status_code}: {said}")
