"""Which forms of REDIS_URL are taken, and in which words the others are refused before anything starts."""

import subprocess
from pathlib import Path

import pytest

from shared.redis import connection
from shared.redis.url_setting import read_url
from shared.settings import Environment
from tests.support.tls_redis import make_tls

ENCODE, CLUSTER, FORM, END = "percent-encode", "Cluster", "must be redis://", "wrong after"


def problems(url: str) -> list[str]:
    environment = Environment({"REDIS_URL": url})
    read_url(environment)
    return environment.problems


@pytest.mark.parametrize(
    ("url", "word"),
    [
        *(
            (f"redis://:p{sign}s3cret@127.0.0.1:6379/0", ENCODE)
            for sign in ("@/", "/", "?", "#", "[", "]", "@?")
        ),
        *((f"redis+sentinel://:p{sign}s3cret@h1:1/main/0", ENCODE) for sign in ("@?", "/", "#")),
        ("unix://:p/s3cret@/run/redis.sock", ENCODE),
        ("unix:///run/redis.sock?password=p#s3cret", ENCODE),
        ("redis+cluster://h1:1,h2:2,h3:3", CLUSTER),
        ("redis+cluster://:s3cret@h1:1", CLUSTER),
        ("redis://:s3cret@h1:1,h2:2/0", CLUSTER),
        ("rediss://h1,h2", CLUSTER),
        *((url, FORM) for url in ("localhost", "h:6379", "http://h", "tcp://h:1", "'redis://h'")),
        *((f"redis://{end}", END) for end in ("h:99999", "h:0", "h:x", "::1:6379/0")),
        *((f"redis://h/{end}", END) for end in ("x", "-1", "0/1")),
        *(
            (f"redis+sentinel://{end}", END)
            for end in ("", "h:x/m/0", "h:99999/m", "h,/m", "h/m/x", "h/m/0/x")
        ),
        *((f"unix://{end}", END) for end in ("", "run/redis.sock", "s3cret@host/redis.sock")),
        *((f"redis://h/0?{name}=x", name) for name in ("colour", "db", "retry", "ssl")),
        ("redis://h?db=-1", "db"),
        ("redis+sentinel://h/m/0?ssl_cert_reqs=none", "ssl=true"),
        ("redis+sentinel://h/m/0?socket_timeout=1", "socket_timeout"),
        ("rediss+sentinel://h/m/0?ssl=true", "ssl"),
        ("rediss://h/0?ssl_cert_reqs=perhaps", "none, optional or required"),
        ("rediss://h/0?ssl_ca_certs=/no/such/ca.pem", "No such file"),
    ],
)
def test_an_invalid_url_is_a_fault_that_shows_nothing_of_its_password(url: str, word: str) -> None:
    (problem,) = problems(url)

    assert problem.startswith("REDIS_URL")
    assert word in problem
    assert "s3cret" not in problem


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Certificates and keys, good ones and others."""
    folder = tmp_path_factory.mktemp("files")
    tls = make_tls(folder)
    (text := folder / "text.pem").write_text("hello")
    locked = folder / "locked.key"
    command = [
        "openssl",
        "ec",
        "-in",
        str(tls.client[1]),
        "-aes256",
        "-passout",
        "pass:x",
        "-out",
        str(locked),
    ]
    subprocess.run(command, check=True, capture_output=True)
    remarked = folder / "remarked.pem"
    remarked.write_bytes("# Behörde\n".encode("latin-1") + tls.authority.root.read_bytes())
    pair = {"certificate": tls.client[0], "key": tls.client[1], "other": tls.server[1]}
    return {
        **pair,
        "authority": tls.authority.root,
        "text": text,
        "locked": locked,
        "folder": folder,
        "remarked": remarked,
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("ssl_ca_certs={folder}/no.pem", "ssl_ca_certs={folder}/no.pem cannot be read (No such file"),
        ("ssl_ca_certs={text}", "{text} ("),
        ("ssl_ca_certs={folder}", "Is a directory"),
        ("ssl_keyfile={key}", "belong together"),
        ("ssl_certfile={certificate}", "belong together"),
        ("ssl_certfile={certificate}&ssl_keyfile={other}", "ssl_keyfile={other} is the key of another"),
        ("ssl_certfile={certificate}&ssl_keyfile={locked}", "the key without a password"),
        ("ssl_certfile={text}&ssl_keyfile={key}", "both must be PEM"),
        ("ssl_ca_certs={authority}&ssl_certfile={certificate}&ssl_keyfile={key}", ""),
        ("ssl_ca_certs={remarked}", ""),
    ],
)
@pytest.mark.parametrize("place", ["rediss://h/0", "rediss+sentinel://h/m/0"])
def test_a_file_that_cannot_be_used_is_named(
    files: dict[str, Path], place: str, options: str, words: str
) -> None:
    found = problems(f"{place}?{options.format(**files)}")

    assert len(found) == bool(words)
    assert words.format(**files) in "".join(found)
    assert "\n" not in "".join(found)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "redis://localhost",
        "redis://127.0.0.1:6379/0",
        *("redis://", "redis://:6379/0", "redis://:s@/0", "redis://h/0/", "redis://h//0", "REDIS://h"),
        *("unix:/run/redis.sock", "unix://localhost/run/redis.sock", "UNIX:///run/redis.sock"),
        "redis://h/0?socket_timeout=5&health_check_interval=30&max_connections=50&protocol=3",
        "rediss://h/0?ssl_check_hostname=False&ssl_ciphers=HIGH",
        "redis://:p%40ss%2Fw%23rd%3F%20%22@127.0.0.1:6379/0",
        *(f"redis://:p{sign}ss@127.0.0.1:6379/0" for sign in "@:% '\"+&="),
        "redis://ann@h",
        "redis://:s@[::1]:6379/0?client_name=a@b",
        "redis://h?db=3",
        "rediss://h:1/0?ssl_cert_reqs=none",
        "unix:///tmp/a@b.sock?db=2",
        "unix://ann:p@/tmp/a.sock?db=2",
        "unix:///tmp/a.sock?username=ann&password=p%40%23",
        "redis+sentinel://h1",
        "redis+sentinel://:s@[::1]:26379/mymaster/0",
        "redis+sentinel://h1:1,h2:2/main/3?ssl=true&ssl_cert_reqs=none&ssl_check_hostname=false",
        "rediss+sentinel://ann:s@h1:1,h2:2/main/3?ssl_cert_reqs=none",
    ],
)
def test_valid_urls_are_no_fault(url: str) -> None:
    assert problems(url) == []


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("REDIS://:6380/3", {"port": 6380, "db": 3}),
        ("redis://h//3/", {"host": "h", "db": 3}),
        ("redis://h?db=3&socket_timeout=99&protocol=3", {"host": "h", "db": 3, "socket_timeout": 5.0}),
        ("unix:/run/a.sock?max_connections=1", {"path": "/run/a.sock"}),
        ("unix://localhost/run/a.sock?db=3", {"path": "/run/a.sock", "db": 3}),
    ],
)
def test_forms_that_redis_py_takes_lead_to_the_same_place_with_our_options(
    url: str, place: dict[str, object]
) -> None:
    options = connection.make_pool(url).connection_kwargs

    assert place.items() <= options.items()
    assert "protocol" not in options
