"""Dashboard and alert rules are correct and use metrics that exist."""

import asyncio
import re
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from avito_live import PROJECT
from shared import __version__
from testbed import System, running_system
from tests.deploy.proxies import DEPLOY, find
from tests.push_gateway.panel import PATH, Panel

MONITORING = DEPLOY / "monitoring"
DASHBOARD = MONITORING / "grafana/dashboards/avito-live.json"
PARTS = ("ingest", "worker", "gateway")
_NAME = re.compile(r"\b(?:avito_live|process)_\w+")
_MATCHER = re.compile(r"\b((?:avito_live|process)_\w+)\{([^}]*)\}")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
_OF_PROMETHEUS = {"job", "instance", "le"}

Families = dict[str, set[str]]
"""Name of a sample -> the labels it was seen with."""


def expressions() -> list[str]:
    """Return all queries to Prometheus."""
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    dashboard = orjson.loads(DASHBOARD.read_bytes())
    return asked + [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


def families(text: str) -> Families:
    """Read the metrics of a service, with all usual names of families without samples."""
    found: Families = {}
    for family in text_string_to_metric_families(text):
        ends = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}.get(family.type, ("",))
        for end in ends:
            found.setdefault(family.name + end, set())
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


async def live(system: System) -> None:
    """Receive a message and reply to it, so that labels appear."""
    await system.avito.subscribe(system.webhook_url)
    async with Panel.at(system.url("gateway")) as panel:
        await panel.log_in()
        async with panel.socket() as socket:
            chat = await system.avito.chat()
            await system.avito.write(chat, "есть вопрос")
            await socket.read_type("message")
            body = {"text": "слушаю", "ref": "r1"}
            await panel.http.post(f"{PATH}api/chats/{chat}/messages", json=body)
            while (await socket.read_type("outbox"))["item"]["state"] != "sent":
                pass


async def pages_of_a_living_system(folder: Path) -> list[str]:
    async with running_system(folder, *PARTS) as system:
        await live(system)
        return [(await system.http.get(f"{system.url(name)}/metrics")).text for name in PARTS]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the metrics of each service after a message and a reply."""
    return asyncio.run(pages_of_a_living_system(tmp_path_factory.mktemp("system")))


@pytest.fixture(scope="module")
def known(pages: list[str]) -> Families:
    """The same, together."""
    found: Families = {}
    for page in pages:
        for metric, labels in families(page).items():
            found.setdefault(metric, set()).update(labels)
    return found


def test_every_metric_and_label_that_is_asked_for_exists(known: Families) -> None:
    for expression in expressions():
        names = set(_NAME.findall(expression))
        assert names <= set(known), (names - set(known), expression)
        for name, matchers in _MATCHER.findall(expression):
            labels = set(_LABEL.findall(matchers)) - _OF_PROMETHEUS
            assert labels <= known[name] or not known[name], (labels - known[name], expression)


def test_what_an_owner_wants_to_see_is_measured(known: Families) -> None:
    wanted = """
        ingest_ack_seconds_count spooled_webhooks dead_letters inbox_age_seconds worker_commit_seconds_bucket
        gateway_webhook_to_socket_seconds_bucket gateway_webhook_to_screen_seconds_bucket sweep_messages mode
        worker_missed_webhooks_total subscription_active subscription_wanted avito_calls_total
        token_seconds_left outbox_age_seconds worker_replies_total gateway_clients gateway_closes_total
        gateway_resumes_total worker_first_answer_seconds_bucket redis_aof_ok redis_evicted_keys
        redis_memory_bytes build_info
    """
    names = {f"avito_live_{name}" for name in wanted.split()}

    assert names <= set(known)
    assert (
        names <= {name for expression in expressions() for name in _NAME.findall(expression)} | ONLY_BY_ALARM
    )


ONLY_BY_ALARM = {"avito_live_redis_evicted_keys"}
"""Causes that `avito_live_alarm` covers already."""


def test_the_version_is_the_one_of_the_package(pages: list[str]) -> None:
    assert all(f'avito_live_build_info{{version="{__version__}"}} 1.0' in page for page in pages)


def test_names_units_and_help_follow_the_convention_by_promtools_word(pages: list[str]) -> None:
    command = [find("promtool"), "check", "metrics"]
    for page in pages:
        done = subprocess.run(command, input=page, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout + done.stderr) == (0, "")


def alerts() -> set[str]:
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))
    return {rule["alert"] for group in rules["groups"] for rule in group["rules"]}


def test_every_alert_is_tested_and_explained() -> None:
    explained = (PROJECT / "docs/operations.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^AvitoLive\w+", FIRING, re.MULTILINE)) == alerts()
    assert set(re.findall(r"^\| `(AvitoLive\w+)` \|", explained, re.MULTILINE)) == alerts()


def test_promtool_finds_rules_and_configuration_correct() -> None:
    promtool = find("promtool")
    for kind, file in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        done = subprocess.run(
            [promtool, "check", kind, str(MONITORING / file)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


FIRING = """
AvitoLiveMessagesDoNotFlow 3 avito_live_last_canary_timestamp_seconds 0
AvitoLiveInboxLate 3 avito_live_inbox_age_seconds 60
AvitoLiveWebhookRefused 4 avito_live_ingest_refused_total{reason="not_kept"} 0+1
AvitoLiveSpooling 6 avito_live_ingest_spool_entries 3
AvitoLiveSlowAck 12 avito_live_ingest_ack_seconds_bucket{le="0.5"} 0 \
    avito_live_ingest_ack_seconds_bucket{le="1"} 0+1 \
    avito_live_ingest_ack_seconds_bucket{le="+Inf"} 0+1
AvitoLiveSlowToScreen 25 avito_live_gateway_webhook_to_socket_seconds_bucket{le="2"} 0 \
    avito_live_gateway_webhook_to_socket_seconds_bucket{le="5"} 0+1 \
    avito_live_gateway_webhook_to_socket_seconds_bucket{le="+Inf"} 0+1
AvitoLiveMessagesMissing 11 avito_live_sweep_messages{state="missing"} 2
AvitoLiveDeadLetters 5 avito_live_worker_entries_total{outcome="dead"} 0+1
AvitoLivePolling 20 avito_live_mode{mode="polling"} 1 avito_live_subscription_wanted 1
AvitoLiveNotSubscribed 16 avito_live_subscription_wanted 1 avito_live_subscription_active 0
AvitoLiveAvitoFails 30 avito_live_avito_calls_total{status="500"} 0+3 \
    avito_live_avito_calls_total{status="200"} 0+1
AvitoLiveRepliesWait 2 avito_live_outbox_age_seconds 400
AvitoLiveRepliesFail 20 avito_live_worker_replies_total{outcome="blocked"} 0+1
AvitoLivePartDown 2 up{job="ingest"} 0
AvitoLiveLoopFails 3 avito_live_loop_failures_total{job="worker",loop="sweep"} 0+2
AvitoLiveNoWorker 2 up{job="worker"} 0
AvitoLiveNoGateway 2 up{job="push-gateway"} 0
AvitoLiveNoIngest 2 up{job="ingest"} 0
AvitoLiveSeveralVersions 31 avito_live_build_info{version="1"} 1 avito_live_build_info{version="2"} 1
AvitoLiveSlowClientsCut 11 avito_live_gateway_closes_total{code="4408"} 0+2
AvitoLiveRedisAway 1 avito_live_redis_up 0
AvitoLiveRedisCannotWrite 1 avito_live_alarm{alarm="aof_failing"} 1
AvitoLiveRedisEvicts 1 avito_live_alarm{alarm="evicting"} 1
AvitoLiveRedisNearlyFull 6 avito_live_redis_memory_bytes 90 avito_live_redis_memory_limit_bytes 100
AvitoLiveNotPersistent 6 avito_live_redis_aof_ok 0
"""
"""Alert, minutes, then series and value; `0+1`: it grows by one every 15 s."""
QUIET = """
AvitoLivePolling 5 avito_live_mode{mode="polling"} 1 avito_live_subscription_wanted 1
AvitoLivePolling 20 avito_live_mode{mode="polling"} 1 avito_live_subscription_wanted 0
AvitoLiveInboxLate 3 avito_live_inbox_age_seconds 2
AvitoLiveMessagesMissing 11 avito_live_sweep_messages{state="missing"} 0
AvitoLiveRedisNearlyFull 6 avito_live_redis_memory_bytes 90 avito_live_redis_memory_limit_bytes 0
AvitoLiveNoWorker 2 up{job="worker"} 1
"""


def cases(table: str) -> list[dict[str, Any]]:
    """Read a table as tests of promtool; `count` tells whether it fires."""
    made = []
    for line in table.split("\n")[1:-1]:
        alert, minutes, *rest = line.split()
        series = [
            {"series": name, "values": f"{value}x200"}
            for name, value in zip(rest[::2], rest[1::2], strict=True)
        ]
        count = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)'
        expected = [{"labels": "{}", "value": int(table is FIRING)}]
        test = {"expr": count, "eval_time": f"{minutes}m", "exp_samples": expected}
        made.append({"interval": "15s", "input_series": series, "promql_expr_test": [test], "name": line})
    return made


@pytest.mark.parametrize("table", [FIRING, QUIET], ids=["firing", "quiet"])
def test_alerts_fire_when_they_should_and_not_before(table: str, tmp_path: Path) -> None:
    promtool, tests = find("promtool"), tmp_path / "tests.yml"
    rules = {"rule_files": [str(MONITORING / "alerts.yml")], "tests": cases(table)}
    tests.write_text(yaml.safe_dump(rules), encoding="utf-8")

    done = subprocess.run(
        [promtool, "test", "rules", str(tests)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
