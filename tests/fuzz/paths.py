"""Tests every HTTP path of docs/openapi.yaml with schemathesis: anonymously, as an owner, as a program.

The long form also goes through the boundaries of every parameter and body, and through the other methods; the
short one tests every ninth path, since tests/contract/test_openapi_and_behaviour.py has all of them.
"""

import asyncio
import re
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
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
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from avito_live import PROJECT
from tests.fuzz.stage import Figures, Stage
from tests.push_gateway.panel import PATH

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]

_CHECKS: list[CheckFunction] = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    ignored_auth,
]
_TAKE_ANY_BODY = re.compile(rf"{PATH}(webhook.*|api/quick-replies/import/preview)")
_ENDS_SESSIONS = (f"{PATH}logout", f"{PATH}login")
"""Tested anonymously only: as an owner they would end the session of later requests."""


async def paths(stage: Stage, figures: Figures, examples: int, seed: int) -> None:
    """Test each operation `examples` times as each client, and compare the answers with the description."""
    made = await stage.panel.http.post(f"{PATH}api/owner/tokens", json={"name": "fuzz", "scope": "reply"})
    token = {"Authorization": f"Bearer {made.json()['token']}"}
    owner = {"Cookie": stage.panel.cookie, "Origin": stage.panel.base}
    # In a thread: it takes more than a second, and in this loop the good messages are awaited.
    description = await asyncio.to_thread(schemathesis.openapi.from_path, PROJECT / "docs" / "openapi.yaml")
    description.config.generation.update(with_security_parameters=False)
    # One address alone would soon meet its rate limit.
    addresses = (f"198.18.{number >> 8 & 255}.{number & 255}" for number in count())
    found_operations = list(description.get_all_operations())
    for found in found_operations if examples > 1 else found_operations[::9]:
        assert isinstance(found, Ok)
        operation = found.ok()
        service = operation.definition.raw["x-service"]
        has_logins = service == "gateway" and operation.path not in _ENDS_SESSIONS
        is_of_chat = re.findall(r"{(\w+)}", operation.path) == ["chat_id"]
        known = {"chat_id": stage.target} if is_of_chat else None
        for part in ("ingest", "gateway") if service == "both" else (service,):
            for headers in ({}, *((owner, token) if has_logins else ())):
                caller = _Caller(figures, stage.system.url(part), headers, addresses)
                await asyncio.to_thread(caller.ask, operation, known, examples, derandomize=seed == 0)
                if examples > 1:
                    await asyncio.to_thread(caller.ask_boundaries, operation, known)


@dataclass(frozen=True, slots=True)
class _Caller:
    """A client of a service. `headers` authenticate it; `addresses`: whence its requests claim to come."""

    figures: Figures
    url: str
    headers: dict[str, str]
    addresses: Iterator[str]

    def ask(
        self, operation: Operation, known: dict[str, str] | None, examples: int, *, derandomize: bool
    ) -> None:
        """Test an operation with valid and with invalid values. `known`: path parameters that exist."""

        def asked(case: Any) -> None:
            self._send(case)

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

    def ask_boundaries(self, operation: Operation, known: dict[str, str] | None) -> None:
        """Test an operation with the least and greatest values, missing and unknown ones, other methods."""
        description = operation.schema
        for case in description.iter_coverage_cases(
            operation,
            generation_modes=[*GenerationMode],
            generation_config=description.config.generation_for(operation=operation),
        ):
            if known:
                case.path_parameters = {**known}
            self._send(case)

    def _send(self, case: Any) -> None:
        """Send, and compare the answer with the description."""
        if self.headers:
            case.headers.pop("Origin", None)
        headers = self.headers | {"X-Forwarded-For": next(self.addresses)}
        sent: dict[str, Any] = {"headers": headers, "allow_redirects": False, "timeout": 20}
        with requests.Session() as session:
            session.trust_env = False
            try:
                answer = case.call(base_url=self.url, session=session, **sent)
            except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, ValueError):
                return  # this client cannot even write such a request
        self.figures.outcomes[str(answer.status_code)] += 1
        # An empty value in a query counts as an absent one.
        is_lenient = _TAKE_ANY_BODY.fullmatch(case.path) or "=&" in f"{answer.request.path_url}&"
        checks = _CHECKS if is_lenient else [*_CHECKS, negative_data_rejection]
        try:
            case.validate_response(answer, checks=checks, headers=headers, transport_kwargs=sent)
        except FailureGroup as failures:
            said = "; ".join(sorted({str(failure) for failure in failures.exceptions}))
            path = answer.request.path_url
            self.figures.faults.append(f"{case.method} {path}: {answer.status_code}: {said}")
