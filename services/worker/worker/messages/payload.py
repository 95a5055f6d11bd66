"""Reads a webhook body: Avito's v3 envelope, the short event shape, or a probe. Pure."""

from typing import Any

import orjson

from worker.messages.message import Probe, Unreadable, WebhookMessage
from worker.messages.reading import read_message

A_DAY = 86_400.0


def read_webhook(body: bytes, account_id: int, now: float) -> WebhookMessage | Probe:
    """Understand a raw body for `account_id`; `now` in Unix seconds.

    Raises Unreadable with a reason for anything that is neither a message of this account nor a probe.
    """
    if not body.strip():
        return Probe()
    data = _parse(body)
    if not isinstance(data, dict):
        raise Unreadable("not a JSON object")
    if not data or "test" in data:
        return Probe()
    value, chat_type = _message_part(data, account_id)
    message = read_message(value, account_id, _chat_id(value))
    if message.created > now + A_DAY:
        raise Unreadable(f"created {message.created:.0f} is beyond tomorrow")
    return WebhookMessage(message, chat_type, str(data.get("id") or ""))


def _parse(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error}") from None


def _message_part(data: dict[str, Any], account_id: int) -> tuple[dict[str, Any], str]:
    if isinstance(data.get("message"), dict) and "payload" not in data:
        return data["message"], ""
    payload = data.get("payload")
    if not isinstance(payload, dict):
        raise Unreadable("neither payload nor message in it")
    kind = payload.get("type")
    if kind != "message":
        raise Unreadable(f"unknown payload type {str(kind)[:40]!r}")
    value = payload.get("value")
    if not isinstance(value, dict):
        raise Unreadable("payload without a value")
    if value.get("user_id") != account_id:
        raise Unreadable(f"account {str(value.get('user_id'))[:24]} is not ours")
    chat_type = value.get("chat_type")
    return value, chat_type if chat_type in ("u2i", "u2u", "a2u") else ""


def _chat_id(value: dict[str, Any]) -> str:
    chat_id = value.get("chat_id")
    if not isinstance(chat_id, str | int) or isinstance(chat_id, bool) or chat_id == "":
        raise Unreadable("message without chat_id")
    return str(chat_id)
