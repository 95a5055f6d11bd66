"""Tests every HTTP path of docs/openapi.yaml with schemathesis: anonymously, as an owner, as a program."""

import asyncio
import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import APIOperation, BaseSchema, GenerationMode
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

DOCUMENT = PROJECT / "docs" / "openapi.yaml"
_CHECKS: list[CheckFunction] = [
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_ENDS_SESSIONS = (f"{PATH}logout", f"{PATH}login")
"""Tested anonymously only: as an owner they would end the session of later requests."""
_PROMISED = (503, 504)


def document() -> dict[str, Any]:
    """Return the API's description."""
    return dict(yaml.safe_load(DOCUMENT.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of client: URL, headers, and known ids (`chat_id`)."""

    url: str
    headers: dict[str, str]
    known: dict[str, str]


async def paths(stage: Stage, figures: Figures, examples: int, seed: int) -> None:
    """Test each operation `examples` times as each client, and compare the answers with the description."""
    made = await stage.panel.http.post(f"{PATH}api/owner/tokens", json={"name": "fuzz", "scope": "reply"})
    token = {"Authorization": f"Bearer {made.json()['token']}"}
    owner = {"Cookie": stage.cookie, "Origin": stage.panel.base}
    schema = schemathesis.openapi.from_dict(document())
    for operation in _operations(schema):
        for way in _ways(stage, operation, owner, token):
            asking = _Asking(operation, way, figures)
            await asyncio.to_thread(asking.ask, examples, derandomize=seed == 0)


def _operations(schema: BaseSchema) -> list[Operation]:
    found = [result for result in schema.get_all_operations() if isinstance(result, Ok)]
    return [result.ok() for result in found]


def _ways(stage: Stage, operation: Operation, *logins: dict[str, str]) -> list[Way]:
    service = operation.definition.raw["x-service"]
    known = {"chat_id": stage.target} if "{chat_id}" in operation.path else {}
    parts = ("ingest", "gateway") if service == "both" else (service,)
    logins = logins if service == "gateway" and operation.path not in _ENDS_SESSIONS else ()
    return [Way(stage.system.url(part), headers, known) for part in parts for headers in ({}, *logins)]


@dataclass(frozen=True, slots=True)
class _Asking:
    """One operation, tested as one client."""

    operation: Operation
    way: Way
    figures: Figures

    def ask(self, examples: int, *, derandomize: bool) -> None:
        """Test with valid and with invalid values."""
        whole = self.operation.path.count("{") == len(self.way.known)
        known = self.way.known if whole and self.way.known else None
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            cases = self.operation.as_strategy(generation_mode=mode, path_parameters=known)
            asked = given(case=cases)(self._ask_once)
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
                bounded(asked)()

    def _ask_once(self, case: Any) -> None:
        if self.way.headers:
            case.headers.pop("Origin", None)
        answer = self._send(case)
        if answer is None:
            return
        figures, status = self.figures, answer.status_code
        figures.count(str(status))
        if status >= 500 and status not in _PROMISED:
            figures.faults.append(f"{case.method} {case.path}: {status}")
            return
        try:
            case.validate_response(answer, checks=_CHECKS)
        except FailureGroup as failures:
            said = "; ".join(sorted({str(failure) for failure in failures.exceptions}))
            figures.faults.append(f"{case.method} {case.formatted_path}: {status}: {said}")

    def _send(self, case: Any) -> Any:
        """Send; None when this client cannot even write such a request."""
        with requests.Session() as session:
            session.trust_env = False
            try:
                return case.call(
                    base_url=self.way.url,
                    session=session,
                    headers=self.way.headers,
                    allow_redirects=False,
                    timeout=20,
                )
            except (requests.exceptions.InvalidHeader, requests.exceptions.InvalidURL, ValueError):
                return None
