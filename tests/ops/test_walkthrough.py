"""The commands of docs/operations.md and docs/data.md, typed as they stand there, from an empty folder on.

They run as root on a booted system with Debian's packages, as a reader with only these pages would type them.
Avito is the simulator, and the authority for certificates has done its work. `make setup` finds in place what
it would install, since there is no network.
"""

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from avito_live import PROJECT
from testbed import SIMULATOR_KEYS, eventually
from tests.ops.booted import PYTHON, Booted, booted
from tests.ops.commands import Command, read_commands
from tests.support.lacking import lacking

HOME = "/opt/avito-live"
ORIGINAL = "/srv/avito-live"
NAME = "panel.example.org"
ADDRESS = "45.90.28.77"
PANEL = f"https://{NAME}/admin/avito"
REPOSITORY = "/srv/avito-live.git"
AVITO = "http://127.0.0.1:8003"
ANSWERS = {"DOMAIN": NAME, "AVITO_API_URL": AVITO, **SIMULATOR_KEYS}
"""To the questions of `make init`."""
NEW_ACCOUNT = "301200200"
CERTIFICATE = f"""
folder=/var/lib/caddy/.local/share/caddy/certificates/acme-v02.api.letsencrypt.org-directory/{NAME}
mkdir -p $folder && cd $folder
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj /CN={NAME} \\
    -addext subjectAltName=DNS:{NAME} -out {NAME}.crt -keyout {NAME}.key 2>/dev/null
echo '{{"sans": ["{NAME}"], "issuer_data": {{}}}}' > {NAME}.json
cp {NAME}.crt $SSL_CERT_FILE && chown -R caddy: /var/lib/caddy
"""

NO_ENGINE = "no Docker engine: tests/deploy/test_compose_up.py"
NOT_HERE = {
    "make up": NO_ENGINE,
    "make logs": NO_ENGINE,
    "make down": NO_ENGINE,
    "echo 'COMPOSE_PROFILES=monitoring' >> .env && make up": NO_ENGINE,
    "docker compose up -d --scale worker=4 --scale push-gateway=3 --scale ingest=2": NO_ENGINE,
    "docker compose stop ingest worker push-gateway": NO_ENGINE,
    "docker compose rm -sf redis && docker volume rm avito-live_redis": NO_ENGINE,
    "docker compose up -d --wait redis": NO_ENGINE,
    "make restore FILE=var/backups/avito-live-20261122-175914.tar": NO_ENGINE,
    "ssh -L 3000:127.0.0.1:3000 your-server": "no other machine",
    "mv var/redis var/redis.before": "not `make run`: tests/scripts/backups",
    "make restore FILE=… && make run": "not `make run`: tests/scripts/backups",
}
"""Commands that cannot be run here, and why."""
COMMANDS = [
    command
    for name in ("operations", "data")
    for command in read_commands(PROJECT / f"docs/{name}.md")
    if command.line not in NOT_HERE
]


@dataclass(slots=True)
class Reader:
    """Types the commands of the pages on a server. `given`: what a placeholder stands for."""

    server: Booted
    given: dict[str, str] = field(default_factory=dict)
    typed: list[Command] = field(default_factory=list)
    folder: str = "/"

    def follow(self, heading: str, block: str = "") -> str:
        """Type all commands below a heading; each must succeed. Returns what they said."""
        here = [one for one in COMMANDS if (one.heading, one.block) == (heading, block)]
        assert here, heading
        return "".join(map(self.type, here))

    def type(self, command: Command) -> str:
        """Type a command, and do what only a person can do beside it."""
        line = command.line
        for placeholder, meant in self.given.items():
            line = line.replace(placeholder, meant)
        self.typed.append(command)
        if line.startswith("make account"):
            self.server.must(f"sed -i s/^AVITO_USER_ID=.*/AVITO_USER_ID={NEW_ACCOUNT}/ .env", HOME)
            start_avito(self.server, NEW_ACCOUNT)
        for asks in ("make account", "make forget"):  # the reader says yes, without a terminal
            line = line.replace(asks, f"{asks} FORCE=1")
        said = self.server.must(line, self.folder, **ANSWERS if line == "make init" else {})
        if line.startswith("git clone"):
            self.folder = HOME
            install(self.server)
        return said


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    """A server with a public name and address, for which Caddy has a certificate."""
    units = Path("/usr/lib/systemd/system")
    if not all((units / f"{unit}.service").exists() for unit in ("redis-server", "caddy")):
        lacking("redis-server or caddy of Debian")
    environ = {"HOME": "/root", "LANG": "C.UTF-8", "SSL_CERT_FILE": "/etc/ssl/test.pem"}
    folder = tmp_path_factory.mktemp("walkthrough") / "disk"
    with booted(folder, environ, {PROJECT: ORIGINAL}) as there:
        there.must(f"ip address add {ADDRESS}/32 dev lo && echo {ADDRESS} {NAME} >> /etc/hosts")
        there.must(f"git config --global user.email x@{NAME} && git config --global user.name x")
        there.must(CERTIFICATE)
        publish(there)
        yield there


def publish(server: Booted) -> None:
    """Make the repository that is cloned: this project as it lies here."""
    server.must(f"git init -q --bare -b main {REPOSITORY}")
    git = f"git --git-dir={REPOSITORY} --work-tree=."
    server.must(f"{git} add -A . && {git} commit -qm one", ORIGINAL)


def publish_next(server: Booted) -> None:
    """Publish the next version."""
    server.must(f"git clone -q {REPOSITORY} /tmp/next")
    server.must("sed -i 's/^__version__ = .*/__version__ = \"9.9.9\"/' shared/__init__.py", "/tmp/next")
    server.must("git commit -qam next && git push -q", "/tmp/next")


def install(server: Booted) -> None:
    """Put in place what `make setup` would install: the .venv of this project, moved."""
    version = ".".join(map(str, sys.version_info[:2]))
    server.must(
        f"""
        mkdir .venv /run/venv && mount -t tmpfs tmpfs /run/venv && mkdir /run/venv/up /run/venv/work
        layers=lowerdir={ORIGINAL}/.venv,upperdir=/run/venv/up,workdir=/run/venv/work
        mount -t overlay overlay -o $layers .venv
        sed -i 's:{PROJECT}:{HOME}:g' .venv/lib/python{version}/site-packages/_avito_live.pth
        sed -i '1s:^#!{PROJECT}:#!{HOME}:' $(grep -lI '^#!{PROJECT}' .venv/bin/*)
        sed -i 's:^home = .*:home = {PYTHON}/bin:' .venv/pyvenv.cfg
        ln -sf {PYTHON}/bin/python{version} .venv/bin/python3
        sed -i '1s:.*:{HOME}:' .venv/made-from
        """,
        HOME,
    )


def start_avito(server: Booted, account: str = SIMULATOR_KEYS["AVITO_USER_ID"]) -> None:
    """Start Avito, with this account."""
    server.must("systemctl stop avito 2>/dev/null || true")
    environ = f"-E SSL_CERT_FILE=$SSL_CERT_FILE -E AVITO_USER_ID={account}"
    server.must(f"systemd-run -q --collect --unit=avito {environ} .venv/bin/python -m avito_simulator", HOME)
    eventually(lambda: server.run(f"curl -sf {AVITO}/livez").returncode == 0)


def ask(server: Booted, path: str, **body: Any) -> Any:
    """Act as a buyer, by the control API of Avito."""
    send = f"curl -sS --fail-with-body -d '{json.dumps(body)}' {AVITO}/_control/{path}"
    return json.loads(server.must(f"{send} -H 'Content-Type: application/json'"))


def write(server: Booted, text: str) -> str:
    """Write to us as a new buyer; returns the buyer's number."""
    chat = ask(server, "chats")["chat"]
    ask(server, f"chats/{chat['id']}/messages", text=text)
    return str(chat["users"][1]["id"])


def shown(server: Booted) -> set[str]:
    """Log in by the password of `.env`; returns the last words of each chat."""
    curl = f"curl -sS -H 'Origin: https://{NAME}' -b /tmp/cookies -c /tmp/cookies"
    form = '--data-urlencode "password=$(sed -n s/^ADMIN_PASSWORD=//p .env)" --data username=owner'
    answer = server.must(f"{curl} -i {form} {PANEL}/login", HOME)
    assert " 303" in answer.partition("\n")[0], answer
    chats = json.loads(server.must(f"{curl} --fail-with-body {PANEL}/api/chats"))["chats"]
    return {(chat["last_message"] or {}).get("content", {}).get("text", "") for chat in chats}


def test_every_command_that_cannot_be_run_here_is_still_in_the_pages() -> None:
    lines = {
        one.line for name in ("operations", "data") for one in read_commands(PROJECT / f"docs/{name}.md")
    }

    assert set(NOT_HERE) <= lines


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_evening_with_the_pages_alone(server: Booted) -> None:
    old = SIMULATOR_KEYS["AVITO_USER_ID"]
    reader = Reader(server, {"<this repository>": REPOSITORY, "https://DOMAIN": f"https://{NAME}"})

    reader.follow("Install")
    start_avito(server)
    reader.follow("Without Docker: systemd and Caddy")
    assert shown(server) == set(), "the first act, right after the last command"

    reader.follow("Connect")
    forgotten = write(server, "Забудьте меня")
    eventually(lambda: shown(server) == {"Забудьте меня"})
    assert '"status":"ok"' in reader.follow("How do I see that it works?")
    reader.follow("The webhook is silent")
    reader.follow("Scale")

    assert "it was restored and compared" in reader.follow("Back up")
    reader.given["205006007"] = forgotten
    reader.follow("Forget a buyer")
    assert shown(server) == set()
    reader.follow("Change keys or account")
    write(server, "Ещё продаётся?")
    eventually(lambda: shown(server) == {"Ещё продаётся?"})

    before = server.must("git rev-parse HEAD", HOME).strip()
    publish_next(server)
    said = reader.follow("Upgrade")
    assert re.search(r"^status +ok$", said, re.MULTILINE)
    assert "9.9.9" in said

    reader.given["FILE=…"] = "FILE=" + server.must("ls -t var/backups/*.tar | head -1", HOME).strip()
    reader.follow("Restore", "systemd")
    assert shown(server) == {"Ещё продаётся?"}
    reader.given |= {"<the version before>": before, "<the old number>": old}
    reader.follow("Roll back")
    assert "9.9.9" not in server.must("make status", HOME)
    assert shown(server) == {"Ещё продаётся?"}

    reader.follow("Change keys or account", "systemd")
    assert shown(server) == set()
    write(server, "Новый счёт")
    eventually(lambda: shown(server) == {"Новый счёт"})
    assert server.must("journalctl -u 'avito-*' | grep -c Traceback || true").strip() == "0"
    assert {*COMMANDS} == {*reader.typed}
