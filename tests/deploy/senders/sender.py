"""Posts each line of its input, `form TAB id TAB url TAB body`, and prints `id TAB status`."""

import asyncio
import http.client
import ssl
import sys
import urllib.request
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiohttp
import httpx
import requests
import urllib3

PATIENCE_S = 10
TRUSTING = ssl._create_unverified_context()


def by_urllib(form: str, url: str, body: bytes) -> int:
    request = urllib.request.Request(url, iter([body]) if "chunked" in form else body)
    with urllib.request.urlopen(request, timeout=PATIENCE_S, context=TRUSTING) as answer:
        return int(answer.status)


def by_http_client(form: str, url: str, body: bytes) -> int:
    to = urlsplit(url)
    connection = http.client.HTTPConnection(to.netloc, timeout=PATIENCE_S)
    if to.scheme == "https":
        connection = http.client.HTTPSConnection(to.netloc, timeout=PATIENCE_S, context=TRUSTING)
    connection.request("POST", to.path, iter([body]) if "chunked" in form else body)
    return connection.getresponse().status


def by_requests(form: str, url: str, body: bytes) -> int:
    sent = iter([body]) if "chunked" in form else body
    return requests.post(url, data=sent, timeout=PATIENCE_S, verify=False).status_code


def by_httpx(form: str, url: str, body: bytes) -> int:
    sent = iter([body]) if "chunked" in form else body
    return httpx.post(url, content=sent, timeout=PATIENCE_S, verify=False, trust_env=False).status_code


def by_aiohttp(form: str, url: str, body: bytes) -> int:
    async def chunks() -> AsyncIterator[bytes]:
        yield body

    async def post() -> int:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE_S)) as session:
            sent = chunks() if "chunked" in form else body
            async with session.post(url, data=sent, expect100="expect" in form, ssl=False) as answer:
                return answer.status

    return asyncio.run(post())


urllib3.disable_warnings()
SENDERS = {
    "urllib": by_urllib,
    "http.client": by_http_client,
    "requests": by_requests,
    "httpx": by_httpx,
    "aiohttp": by_aiohttp,
}
for line in sys.stdin:
    name, message_id, address, text = line.rstrip("\n").split("\t")
    try:
        status = str(SENDERS[name.partition("-")[0]](name, address, text.encode()))
    except Exception as error:  # noqa: BLE001 - the test shows what it was
        status = repr(error)
    sys.stdout.write(f"{message_id}\t{status}\n")
