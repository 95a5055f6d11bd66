"""What a stranger sends to be parsed neither stops ingest nor stays in its memory."""

from collections import Counter
from collections.abc import Iterator

import pytest

from testbed import RedisServer
from tests.ingest.process import PATH, SECRET, Ingest, running_ingest
from tests.support import bare_http
from tests.support.door_watch import watching

pytestmark = [pytest.mark.anyio, pytest.mark.attack]
_TIMES = 4 * bare_http.CONNECTIONS


@pytest.fixture(scope="module")
def proxied(server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingest]:
    trusted = "127.0.0.1,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
    with running_ingest(server.url, tmp_path_factory.mktemp("proxied"), TRUSTED_PROXIES=trusted) as ingest:
        yield ingest


@pytest.mark.parametrize(
    ("path", "header", "status"),
    [
        (f"{PATH}/{SECRET}x", ("X-Forwarded-For", ",".join(["fc00::1"] * 7_500)), 200),
        (f"{PATH}/{SECRET}x", ("Content-Encoding", "," * 60_000), 200),
        (f"{PATH}/{SECRET}x", ("Cookie", 'x="' + '\\"' * 29_900 + '"'), 200),
        (PATH + "/a" * 30_000, ("X", "y"), 200),
        ("/%2f%5c" * 8_500, ("X", "y"), 404),
    ],
    ids=["a chain of proxies", "a list of encodings", "a quoted cookie", "a long path", "an escaped path"],
)
async def test_a_strangers_request_costs_no_more_than_its_length(
    proxied: Ingest, path: str, header: tuple[str, str], status: int
) -> None:
    request = bare_http.request("POST", f"{proxied.part.url}{path}", dict([header]), b"{}")
    async with watching(proxied.part) as figures:
        answers = await bare_http.send(proxied.part.url, [request] * _TIMES)

    assert Counter(answer.status_code for answer in answers) == {status: _TIMES}
    assert figures.faults() == []
