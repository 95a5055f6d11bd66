"""Posts each line of its input, `form TAB id TAB url TAB body`, and prints `id TAB status`."""

import http.client
import ssl
import sys
import urllib.request
from urllib.parse import urlsplit

import httpx2
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
    return httpx2.post(url, content=sent, timeout=PATIENCE_S, verify=False, trust_env=False).status_code


urllib3.disable_warnings()
SENDERS = {
    "urllib": by_urllib,
    "http.client": by_http_client,
    "requests": by_requests,
    "httpx2": by_httpx,
}
for line in sys.stdin:
    name, message_id, address, text = line.rstrip("\n").split("\t")
    try:
        status = str(SENDERS[name.partition("-")[0]](name, address, text.encode()))
    except Exception as error:  # noqa: BLE001 - the test shows what it was
        status = repr(error)
    sys.stdout.write(f"{message_id}\t{status}\n")
