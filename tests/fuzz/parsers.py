"""Every parser of what others send, as a pure function of bytes, with how much of it is read."""

import io
from contextlib import suppress
from random import Random

import orjson
from prometheus_client.exposition import choose_encoder

from ingest.http.fast_http import read_post
from ingest.webhook.address import is_below, possible_secrets
from push_gateway.auth import access, staff
from push_gateway.features.quick_replies import csv_table
from push_gateway.http import paging
from push_gateway.http.request_bounds import is_utf8
from push_gateway.pages.login import fields_of
from push_gateway.replies.picture_check import check
from push_gateway.ws import protocol
from shared.http import forwarded
from shared.http.plain_upgrade import LONGEST_TARGET, offered_protocols
from shared.printable import printable
from shared.search_words import codes_of, query_words
from shared.wires import threads
from shared.wires.inbox import Webhook
from shared.wires.webhook_body import open_body
from tests.fuzz import cost
from tests.fuzz.cost import Parser
from worker.avito.chats import read_chats
from worker.avito.requests import CHATS, MESSAGES
from worker.avito.responses import AvitoResponse, error_for, read_messages, read_response
from worker.features.forwarding import words as forwarded_words
from worker.messages.match import match_words
from worker.messages.reading import read_message
from worker.messages.webhook import read_webhook

_HEAD = 64 * 1024
_TRUSTED = forwarded.parse_trusted(("127.0.0.1", "10.0.0.0/8", "192.168.0.0/16", "fc00::/7"))
_FORWARDED = (b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"host")
_ACCENTS = ("\u0301".encode().decode("latin-1"), "\u0316".encode().decode("latin-1"))
_LETTERS = ("a", " ", "1", "\xd0\xb9", *_ACCENTS)
_JSON = ("[", "{", "]", "}", '"', ":", ",", "\\", "1", "1e9", '"a"', '{"a":', "null", " ", *_ACCENTS)
_ANSWER = 1024 * 1024
_SYSTEM = tuple(
    words.encode().decode("latin-1")
    for words in ("[Системное сообщение]", "кандидат откликнулся на вакансию", "хочет ", "\ufdfa", "1\u20e3")
)
_MESSAGE = (
    '"id":"x"',
    '"chat_id":"u2i-1"',
    '"type":"text"',
    '"content":{"text":"',
    '"payload":{',
    '"value":',
)


def _origin(data: bytes) -> object:
    text = data.decode("latin-1")
    return access.is_own_origin(text, forwarded.Origin("", "https", text), frozenset())


def _chain(data: bytes) -> object:
    return forwarded.read("10.0.0.1", "http", [(name, data) for name in _FORWARDED], _TRUSTED)


def _offer(data: bytes) -> object:
    with suppress(ValueError):
        return offered_protocols([(b"upgrade", data)])
    return None


def _words(data: bytes) -> object:
    return codes_of({"text": data.decode("utf-8", "replace")})


def _webhook(data: bytes) -> object:
    return read_webhook(open_body(Webhook(data, 1.0)), 1, 1_757_403_725.0)


def _messages_of_avito(data: bytes) -> object:
    answer = read_response(MESSAGES, AvitoResponse(200, {}, data, 1.0), 0.0)
    return read_messages(answer, 1, "c", 1.0, limit=100)


def _chats_of_avito(data: bytes) -> object:
    return read_chats(read_response(CHATS, AvitoResponse(200, {}, data, 1.0), 0.0), 1, 1.0, limit=100)


def _content(data: bytes) -> dict[str, object]:
    return {"content": {"text": data.decode("utf-8", "replace")}}


def _text(data: bytes, author: int) -> object:
    value = {"id": "1", "author_id": author, "created": 1_757_403_725, "type": "text", **_content(data)}
    return match_words(read_message(value, 1, "c"))


def _forwarded(data: bytes) -> object:
    return forwarded_words.packed([(1, forwarded_words.line({"message": _content(data)}, {}))])


PARSERS = {
    parser.name: parser
    for parser in (
        Parser(
            "cookies",
            lambda data: access.session_tokens([(b"cookie", data)]),
            _HEAD,
            (";", "=", " ", '"', '\\"', "avito_session", "a", "\t", ","),
        ),
        Parser(
            "bearer", lambda data: access.bearer(data.decode("latin-1")), _HEAD, ("Bearer", " ", "a", "\xa0")
        ),
        Parser(
            "origin", _origin, _HEAD, ("http", "https", "://", "/", ":", "[", "]", "@", "a.", "1", "\xc4")
        ),
        Parser(
            "forwarded", _chain, _HEAD, ("10.0.0.1", "fc00::1", ",", " ", ":", "[", "]", "https", "a.b", "x")
        ),
        Parser("offer of a request", _offer, _HEAD, (",", " ", "websocket", "h2c", "a", "\t")),
        Parser("charset", is_utf8, _HEAD, (";", "charset", "=", '"', " ", "*", "0", "utf-8", "/")),
        Parser(
            "encodings of metrics",
            lambda data: choose_encoder(data.decode("latin-1")),
            _HEAD,
            ("text/plain", ";", ",", "q=", " ", "application/openmetrics-text", "version=1"),
        ),
        Parser(
            "login form",
            fields_of,
            16 * 1024,
            ("username=", "password=", "&", "%", "%41", "%ff", "+", *_LETTERS),
        ),
        Parser("operator's name", lambda data: staff.normal(data.decode()), _HEAD, _LETTERS),
        Parser("JSON body", orjson.loads, _HEAD, _JSON),
        Parser(
            "cursor of chats",
            lambda data: paging.read_cursor(data.decode("latin-1")),
            LONGEST_TARGET,
            ("W", "z", "Fb", "=", "-", "_", " "),
        ),
        Parser(
            "cursor of a thread",
            lambda data: threads.read_cursor(data.decode("latin-1")),
            LONGEST_TARGET,
            ("h.", "W", "z", "Fb", "=", "-"),
        ),
        Parser(
            "address of a webhook",
            lambda data: (is_below(data.decode("latin-1")), possible_secrets(data.decode("latin-1"))),
            LONGEST_TARGET,
            ("/", "\\", " ", "admin", "a", "/admin/avito/webhook/", "%"),
        ),
        Parser(
            "head of a webhook",
            read_post,
            _HEAD,
            ("POST ", "/a", " HTTP/1.1\r\n", "content-length: 1\r\n", "A: b\r\n", ":", " ", "\r\n", "x"),
        ),
        Parser("webhook", _webhook, 256 * 1024, (*_JSON, *_MESSAGE, "\x00", "\xff\xfe", "\x1f\x8b", "x\x9c")),
        Parser("messages of Avito", _messages_of_avito, _ANSWER, (*_JSON, *_MESSAGE)),
        Parser("chats of Avito", _chats_of_avito, _ANSWER, (*_JSON, *_MESSAGE, '"users":')),
        Parser(
            "error of Avito",
            lambda data: error_for(MESSAGES, AvitoResponse(400, {}, data, 1.0), 0.0),
            _ANSWER,
            (*_JSON, '"error":', '"message":', '"fields":'),
        ),
        Parser("text of a buyer", lambda data: _text(data, 5), 256 * 1024, (*_LETTERS, *_SYSTEM)),
        Parser("text of ours", lambda data: _text(data, 1), 256 * 1024, (*_LETTERS, *_SYSTEM)),
        Parser("forwarded text", _forwarded, 256 * 1024, (*_LETTERS, "\n", "\x1b", "\xef\xb7\xba")),
        Parser("words of a message", _words, _HEAD, (*_LETTERS, "_", "-", "\xd1\x91", "\xef\xb7\xba")),
        Parser(
            "words of a search",
            lambda data: query_words(data.decode("utf-8", "replace")[:200]),
            LONGEST_TARGET,
            (*_LETTERS, "_", "-", "\xef\xb7\xba"),
        ),
        Parser(
            "CSV file",
            csv_table.read,
            512 * 1024,
            ("name;text", "\n", "\r", ";", ",", '"', '""', "=", "'", *_LETTERS),
        ),
        Parser(
            "picture",
            lambda data: check(io.BytesIO(data), len(data)),
            256 * 1024,
            (
                "\xff\xd8\xff",
                "\xff",
                "\xe0",
                "\x00\x02",
                "\x89PNG\r\n\x1a\n",
                "GIF89a",
                "BM",
                "\x00",
                "\x00\x00\x00\x18ftypheic",
                "\x00\x00\x00\x08meta",
            ),
        ),
        Parser(
            "frame of a socket", lambda data: protocol.read(data.decode("utf-8", "replace")), _HEAD, _JSON
        ),
        Parser(
            "place of a socket",
            lambda data: protocol.read_claim(data.decode("latin-1")),
            LONGEST_TARGET,
            ("epoch=", "seq=", "&", ";", "%", "%41", "1", "a", "+", "="),
        ),
        Parser(
            "line of a log",
            lambda data: printable(data.decode("utf-8", "replace")),
            _HEAD,
            (*_LETTERS, "\x1b", "\n", "\xe2\x80\xae"),
        ),
    )
}


HEADER = """| parser | input | takes | for twice the input |
|---|---|---|---|"""


def search_all(seed: int, within_s: float) -> tuple[list[str], list[str]]:
    """Search every parser for `within_s`; return the rows of a Markdown table, and the faults.

    The shape of a fault is added to the corpus, which the ordinary suite replays.
    """
    known, rows, faults = cost.read_corpus(), [], []
    for name, parser in PARSERS.items():
        found = cost.search(parser, known[name], Random(f"{seed}:{name}"), within_s)
        length, took = f"{parser.longest / 1024:g} KiB", f"{found.seconds * 1000:.1f} ms"
        rows.append(f"| {name} | {length} | {took} | × {found.growth:.1f} |")
        if found.is_fault:
            faults.append(f"{name} takes {found.growth:.1f} times as long for twice of {found.shape}")
            known[name].append(found.shape)
    if faults:
        cost.write_corpus(known)
    return rows, faults
