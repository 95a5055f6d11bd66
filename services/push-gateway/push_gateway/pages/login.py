"""Logging in and out."""

import asyncio
import logging
import time
from math import ceil
from urllib.parse import parse_qs

from redis.exceptions import RedisError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from push_gateway.auth import access, login_attempts, operators
from push_gateway.auth.access import PATH
from push_gateway.auth.operators import NoOperatorError
from push_gateway.auth.passwords import BusyError
from push_gateway.auth.sessions import LIVES_FOR
from push_gateway.auth.staff import LONGEST_NAME, LONGEST_TYPED, normal
from push_gateway.http.bodies import read_bytes
from push_gateway.http.error_handlers import RETRY_AFTER
from push_gateway.http.errors import ApiError
from push_gateway.http.gateway import Gateway, gateway_of
from push_gateway.pages.panel import language_of, login_page
from shared.http.forwarded import network_of
from shared.printable import printable

_MAX_BODY = 16 * 1024
_BODY_WITHIN = 10.0
_TRY_WITHIN = 10.0
_LOG = logging.getLogger("push_gateway.login")

_WORDS = {
    "ru": {
        "wrong": "Неверное имя или пароль.",
        "limited": "Слишком много попыток. Подождите {wait} с и попробуйте снова.",
        "away": "Сейчас войти нельзя: данные недоступны. Попробуйте через несколько секунд.",
        "no_operator": "Первый оператор ещё не создан. Попробуйте через несколько секунд; если не поможет, "
        "задайте ADMIN_USERNAME и ADMIN_PASSWORD и перезапустите.",
    },
    "en": {
        "wrong": "Wrong name or password.",
        "limited": "Too many tries. Wait {wait} s and try again.",
        "away": "Logging in is not possible just now: the data cannot be read. Try again in a few seconds.",
        "no_operator": "There is no operator yet. Try again in a few seconds; if that does not help, "
        "set ADMIN_USERNAME and ADMIN_PASSWORD and restart.",
    },
}


async def show(request: Request) -> Response:
    """Answer `GET login`."""
    return login_page(request)


async def log_in(request: Request) -> Response:
    """Answer `POST login`: 303 with a cookie, or the form again with a message."""
    gateway = gateway_of(request)
    gateway.authenticator.check_origin(request)
    came = gateway.authenticator.origin_of(request)
    wait = gateway.authenticator.rates.login.take(came.address, time.monotonic())
    if wait:
        return _refuse(request, gateway, "", came.address, ceil(wait))
    with gateway.bodies.holding(request, network_of(came.address)):
        name, password = await _read_form(request)
    try:
        async with asyncio.timeout(_TRY_WITHIN):
            return await _try(request, gateway, name, password, came.address, secure=came.scheme == "https")
    except NoOperatorError:
        return _unable(request, gateway, "no_operator")
    except (RedisError, OSError, TimeoutError):
        return _unable(request, gateway, "away")


async def _try(
    request: Request, gateway: Gateway, name: str, password: str, address: str, *, secure: bool
) -> Response:
    limits = login_attempts.limits(address, name)
    wait = await login_attempts.take(gateway.redis, limits)
    if wait is not None:
        return _refuse(request, gateway, name, address, wait)
    outcome: login_attempts.LoginOutcome = "unjudged"
    try:
        operator = await operators.find_typed(gateway.redis, name) if 0 < len(name) <= LONGEST_NAME else None
        outcome = "right" if await gateway.passwords.check(operator, password, address) else "wrong"
    except BusyError:
        return _refuse(request, gateway, name, address, RETRY_AFTER)
    finally:
        await login_attempts.judge(gateway.redis, limits, outcome)
    if operator is None or outcome == "wrong":
        gateway.metrics.logins.labels("wrong").inc()
        _LOG.warning("push_gateway.login.wrong", extra={"address": address, "operator": _shown(name)})
        return _form(request, "wrong", 401)
    await _end_present(request, gateway)
    token = await gateway.sessions.open(operator, address, request.headers.get("user-agent", ""))
    gateway.metrics.logins.labels("ok").inc()
    _LOG.info("push_gateway.login.ok", extra={"operator": operator.name, "address": address})
    cookie = access.set_cookie(token, LIVES_FOR, secure=secure)
    return RedirectResponse(PATH, 303, {"Set-Cookie": cookie})


async def log_out(request: Request) -> Response:
    """Answer `POST logout`: the session ends everywhere, its open sockets too."""
    gateway = gateway_of(request)
    gateway.authenticator.check_origin(request)
    await _end_present(request, gateway)
    secure = gateway.authenticator.origin_of(request).scheme == "https"
    return RedirectResponse(f"{PATH}login", 303, {"Set-Cookie": access.set_cookie("", 0, secure=secure)})


async def _end_present(request: Request, gateway: Gateway) -> None:
    for token in access.session_tokens(request.headers.raw):
        await gateway.sessions.end(gateway.sessions.digest(token))


def _refuse(request: Request, gateway: Gateway, name: str, address: str, wait: int) -> Response:
    gateway.metrics.logins.labels("limited").inc()
    _LOG.warning("push_gateway.login.limited", extra={"address": address, "operator": _shown(name)})
    return _form(request, "limited", 429, wait=wait)


def _unable(request: Request, gateway: Gateway, word: str) -> Response:
    gateway.metrics.logins.labels("away").inc()
    return _form(request, word, 503, wait=RETRY_AFTER)


def _shown(name: str) -> str:
    """Return what the log shows of a typed name: a character that could act there takes up to ten."""
    return printable(name[:LONGEST_NAME])[:LONGEST_NAME]


def _form(request: Request, word: str, status: int, wait: int | None = None) -> Response:
    text = _WORDS[language_of(request)][word].format(wait=wait)
    response = login_page(request, text, status)
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


async def _read_form(request: Request) -> tuple[str, str]:
    """Read the two fields; a missing or too long one reads as empty or as an unknown name."""
    return fields_of(await read_bytes(request, _MAX_BODY, _BODY_WITHIN))


def fields_of(body: bytes) -> tuple[str, str]:
    """Return name and password of a form; raises ApiError 400. Pure."""
    try:
        form = parse_qs(body.decode(), max_num_fields=16, errors="strict")
    except ValueError:
        raise ApiError(400, "bad_request", "The form is not understood.") from None
    name, password = form.get("username", [""])[0].strip(), form.get("password", [""])[0]
    name = normal(name) if len(name) <= 2 * LONGEST_NAME else name
    return name, password if len(password) <= LONGEST_TYPED else ""


ROUTES = [
    Route(f"{PATH}login", show),
    Route(f"{PATH}login", log_in, methods=["POST"]),
    Route(f"{PATH}logout", log_out, methods=["POST"]),
]
