"""A URL that leads to something else than a Redis of ours: the line names what it met and the remedy."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from functools import partial

import pytest
from redis.exceptions import RedisError, ResponseError

from shared.process.foreseen import is_foreseen
from shared.process.redis_trouble import in_words, kind_of
from shared.redis import connection
from testbed import eventually, running_redis, running_sentinel, until
from tests.support.certificates import make_authority
from tests.support.tls_redis import Tls, make_tls, running_tls_redis

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Yield the ports of what an owner may name by mistake."""
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:

        def start(name: str, *options: str) -> int:
            return stack.enter_context(running_redis(folder / name, *options)).port

        def watch(name: str, *settings: str) -> int:
            monitor = f"sentinel monitor mymaster 127.0.0.1 {plain} 1"
            port = stack.enter_context(running_sentinel(folder / name, monitor, *settings))
            eventually(lambda: listens(port), forgiven=(OSError,))
            return port

        plain, locked = start("plain"), start("locked", "--requirepass", "s3cret")
        yield {
            "plain": plain,
            "locked": locked,
            "node": start("node", "--cluster-enabled", "yes"),
            "replica": start("replica", "--replicaof", "127.0.0.1", str(plain)),
            "sentinel": watch("sentinel"),
            "guarded": watch("guarded", "requirepass s3cret"),
        }


def listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port)):
        return True


@pytest.mark.parametrize(
    ("url", "remedy"),
    [
        ("redis://127.0.0.1:{locked}/0", "correct user and password in REDIS_URL"),
        ("redis://ann:wr0ng@127.0.0.1:{locked}/0", "correct user and password in REDIS_URL"),
        ("redis://:wr0ng@127.0.0.1:{plain}/0", "correct user and password in REDIS_URL"),
        ("redis://127.0.0.1:{plain}/999", "correct the number in REDIS_URL"),
        ("redis://127.0.0.1:{node}/0", "a node of a Redis Cluster, which is not supported"),
        ("redis://127.0.0.1:{sentinel}/0", "redis+sentinel://"),
        ("redis://127.0.0.1:{replica}/0", "name its master in REDIS_URL"),
        ("rediss://127.0.0.1:{plain}/0", "does rediss:// in REDIS_URL not fit?"),
        ("redis+sentinel://127.0.0.1:{sentinel}/other/0", "correct the master's name"),
        ("redis+sentinel://127.0.0.1:{guarded}/mymaster/0", "REDIS_SENTINEL_PASSWORD"),
        ("redis+sentinel://127.0.0.1:{plain}/mymaster/0", "are hosts and ports of the Sentinels"),
        ("redis+sentinel://127.0.0.1:1/mymaster/0", "are hosts and ports of the Sentinels"),
    ],
)
async def test_the_line_names_the_remedy_and_no_password(
    ports: dict[str, int], url: str, remedy: str
) -> None:
    error = await trouble_at(url.format(**ports))

    assert remedy in in_words(error)
    assert "s3cret" not in in_words(error)
    assert "wr0ng" not in in_words(error)
    assert is_foreseen(error), "a service waits without a traceback"


@pytest.fixture(scope="module")
def by_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tls, str]]:
    """Yield what a Redis trusts, and its place; it takes nobody without a certificate."""
    tls = make_tls(tmp_path_factory.mktemp("tls"))
    with running_tls_redis(tmp_path_factory.mktemp("tls-redis"), tls) as port:
        yield tls, f"127.0.0.1:{port}/0"


def without(tls: Tls) -> str:
    """A client that shows no certificate."""
    return tls.url("{place}", ssl_certfile="", ssl_keyfile="")


def expired(tls: Tls) -> str:
    """A client with a certificate of yesterday."""
    made = tls.authority.pair("expired", "shop", dates=("20200101000000Z", "20210101000000Z"))
    return tls.url("{place}", ssl_certfile=str(made[0]), ssl_keyfile=str(made[1]))


def of_another(tls: Tls) -> str:
    """A client with a certificate that another authority has signed."""
    folder = tls.authority.folder / "another"
    folder.mkdir()
    made = make_authority(folder).pair("client", "shop")
    return tls.url("{place}", ssl_certfile=str(made[0]), ssl_keyfile=str(made[1]))


def trusting_none(tls: Tls) -> str:
    """A client that does not know the authority."""
    return tls.url("{place}", ssl_ca_certs="")


def by_name(tls: Tls) -> str:
    """A client that insists on the name."""
    return tls.url("{place}", ssl_check_hostname="true")


@pytest.mark.parametrize(
    ("client", "remedy"),
    [
        (without, "add ssl_certfile and ssl_keyfile"),
        (expired, "ssl_certfile in REDIS_URL, has expired: renew it"),
        (of_another, "does not know who signed our certificate"),
        (trusting_none, "add ?ssl_ca_certs=/path/to/ca.pem"),
        (by_name, "its certificate is for another name"),
    ],
)
async def test_a_fault_of_a_certificate_names_whose_it_is(
    by_tls: tuple[Tls, str], client: Callable[[Tls], str], remedy: str
) -> None:
    tls, place = by_tls
    url = client(tls).format(place=place)

    assert remedy in await until(partial(certain_words_at, url))


async def test_what_is_no_redis_is_called_so() -> None:
    async with http_server() as port:
        error = await trouble_at(f"redis://127.0.0.1:{port}/0")

    assert in_words(error).endswith("that is no Redis: correct host and port in REDIS_URL")


async def test_one_dead_sentinel_of_two_is_no_trouble(ports: dict[str, int]) -> None:
    url = f"redis+sentinel://127.0.0.1:1,127.0.0.1:{ports['sentinel']}/mymaster/0"
    async with connection.connect(url) as redis:
        assert await until(lambda: redis.execute_command("PING"), forgiven=(RedisError,))


async def test_a_refused_command_is_not_repeated_in_the_line() -> None:
    error = ResponseError(
        "Command # 1 (HSET avito:tokens t s3cret) of pipeline caused error: ('MOVED 7 h:1',)"
    )

    assert in_words(error).startswith("MOVED 7 h:1: ")


async def certain_words_at(url: str) -> str:
    """Return what a service says of its connection, '' while a reset overtakes what Redis says of it."""
    error = await trouble_at(url)
    assert is_foreseen(error)
    assert kind_of(error) or in_words(error).endswith("perhaps a certificate?")
    return in_words(error) if kind_of(error) else ""


async def trouble_at(url: str) -> BaseException:
    """Return what a service meets there when it connects."""
    pool = connection.make_pool(url, timeout=5, retries=0)
    try:
        await pool.make_connection().connect()
    except (RedisError, OSError) as error:
        return error
    finally:
        await pool.disconnect()
    raise AssertionError("it connects")


@asynccontextmanager
async def http_server() -> AsyncIterator[int]:
    async def refuse(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
