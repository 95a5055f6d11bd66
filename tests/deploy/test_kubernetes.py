"""deploy/kubernetes: manifests that fit Kubernetes' schema, with each part confined."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.settings import VARIABLES
from tests.deploy.proxies import DEPLOY
from tests.support.lacking import lacking

FOLDER = DEPLOY / "kubernetes"
FILES = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "kustomization.yaml")
OURS = {"ingest": 8001, "worker": 8002, "push-gateway": 8000}
KEYS = {"AVITO_CLIENT_ID", "AVITO_CLIENT_SECRET"}


def documents() -> list[dict[str, Any]]:
    return [one for path in FILES for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def named(kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in documents() if one["kind"] == kind and one["metadata"]["name"] == name]
    return found


def workload(name: str) -> dict[str, Any]:
    (found,) = [
        one
        for one in documents()
        if one["kind"] in {"Deployment", "StatefulSet"} and one["metadata"]["name"] == name
    ]
    return found


def container(name: str) -> dict[str, Any]:
    (found,) = workload(name)["spec"]["template"]["spec"]["containers"]
    return dict(found)


def test_a_schema_tool_finds_every_manifest_correct() -> None:
    tool = Path(sys.executable).with_name("kubernetes-validate")
    if not tool.exists():
        lacking("kubernetes-validate")
    command = [str(tool), "--strict", "--quiet", *map(str, FILES)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_kustomize_is_told_of_every_file() -> None:
    listed = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]

    assert sorted(listed) == [path.name for path in FILES]


@pytest.mark.parametrize("name", OURS)
def test_each_service_is_probed_outlives_a_drained_node_and_is_replaced_without_a_gap(name: str) -> None:
    one, spec = container(name), workload(name)["spec"]
    probes = [one[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "liveness", "readiness")]

    assert probes == ["/livez", "/livez", "/readyz"]
    assert one["ports"] == [{"name": "http", "containerPort": OURS[name]}]
    assert spec["replicas"] >= 2
    assert named("PodDisruptionBudget", name)["spec"]["minAvailable"] == 1
    if workload(name)["kind"] == "Deployment":
        assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] >= 15


@pytest.mark.parametrize("name", [*OURS, "redis"])
def test_each_container_is_confined(name: str) -> None:
    pod, one = workload(name)["spec"]["template"]["spec"], container(name)

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert one["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert ":" in one["image"]
    assert not one["image"].endswith(":latest")


def test_redis_is_set_up_as_everywhere_else() -> None:
    here = set(named("ConfigMap", "redis")["data"]["redis.conf"].splitlines())
    everywhere = set((DEPLOY / "redis/redis.conf").read_text(encoding="utf-8").splitlines())

    assert {"appendonly yes", "appendfsync everysec", "maxmemory-policy noeviction"} <= here
    assert here - everywhere == {"dir /data", "maxmemory 512mb"}


def test_only_workers_are_given_the_keys_of_the_account() -> None:
    for name in OURS:
        given = {variable["name"] for variable in container(name)["env"]}
        assert given <= set(VARIABLES)
        assert given & KEYS == (KEYS if name == "worker" else set())


def test_only_the_two_public_paths_are_open() -> None:
    paths = {
        path["path"]: path["backend"]["service"]["name"]
        for one in documents()
        if one["kind"] == "Ingress"
        for rule in one["spec"]["rules"]
        for path in rule["http"]["paths"]
    }

    assert paths == {"/admin/avito/webhook": "ingest", "/admin/avito": "push-gateway"}
    assert (
        named("Ingress", "webhook")["metadata"]["annotations"][
            "nginx.ingress.kubernetes.io/enable-access-log"
        ]
        == "false"
    )
