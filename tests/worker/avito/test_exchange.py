from unittest.mock import Mock

import aiohttp
import httpx
import pytest

from worker.avito import requests as op
from worker.avito.errors import Unavailable, Unknown
from worker.avito.exchange import error_without_response


def as_httpx(told: type[httpx.HTTPError], cause: Exception) -> httpx.HTTPError:
    """An error as httpx-aiohttp tells it: aiohttp's own lies beneath."""
    error = told("words")
    error.__cause__ = cause
    return error


def told_as(error: Exception) -> str:
    """The test's name: what is raised, and what lies beneath."""
    return " from ".join(type(each).__name__ for each in (error, error.__cause__) if each)


REFUSED = aiohttp.ClientConnectorError(Mock(), OSError(111, "refused"))
NOT_SENT = [
    as_httpx(httpx.ConnectError, REFUSED),
    as_httpx(httpx.ConnectTimeout, aiohttp.ConnectionTimeoutError()),
    as_httpx(httpx.ConnectError, aiohttp.ClientConnectorDNSError(Mock(), OSError(-2, "no such name"))),
    httpx.UnsupportedProtocol("ftp"),
]
CUT = [
    as_httpx(httpx.ConnectTimeout, aiohttp.ServerDisconnectedError()),
    as_httpx(httpx.ConnectTimeout, aiohttp.ClientOSError(104, "reset")),
    as_httpx(httpx.ReadError, aiohttp.ClientPayloadError()),
    aiohttp.ClientResponseError(Mock(), ()),
    httpx.DecodingError("bad gzip"),
    ConnectionResetError(),
]
SILENT = [as_httpx(httpx.ReadTimeout, aiohttp.SocketTimeoutError()), TimeoutError()]


@pytest.mark.parametrize("error", NOT_SENT, ids=told_as)
def test_only_a_failed_connection_means_that_nothing_was_sent(error: Exception) -> None:
    outcome = error_without_response(op.SEND, error)

    assert isinstance(outcome, Unavailable)
    assert not outcome.sent


@pytest.mark.parametrize("error", [*CUT, *SILENT], ids=told_as)
def test_any_other_failure_of_a_send_is_unknown(error: Exception) -> None:
    outcome = error_without_response(op.SEND, error)

    assert isinstance(outcome, Unknown)
    assert outcome.how == ("silent" if error in SILENT else "cut")


@pytest.mark.parametrize("error", [*NOT_SENT, *CUT, *SILENT], ids=told_as)
def test_a_read_without_a_response_changed_nothing(error: Exception) -> None:
    assert isinstance(error_without_response(op.MESSAGES, error), Unavailable)
