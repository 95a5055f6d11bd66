"""What docs/engines.md says of each server is what the doctor says."""

import re

import pytest

from avito_live import PROJECT
from avito_live.doctor.redis_checks import RedisFacts, judge

TRIED = re.findall(
    r"^\| (Redis|Valkey) (\d+\.\d+\.\d+)[^|\n]*\|[^|\n]*\|[^|\n]*\| (.+) \|$",
    (PROJECT / "docs/engines.md").read_text("utf-8"),
    re.MULTILINE,
)
SAYS = {"redis_too_old": "wrong: too old", "redis_old": "warning: gets no fixes any more"}
WELL = {"run_id": "r", "aof_enabled": 1, "role": "master"}


def test_servers_of_both_products_are_listed() -> None:
    assert {product for product, _, _ in TRIED} == {"Redis", "Valkey"}


@pytest.mark.parametrize(("product", "version", "says"), TRIED)
def test_the_doctor_says_of_a_server_what_the_table_says(product: str, version: str, says: str) -> None:
    told = {"redis_version": version}
    if product == "Valkey":
        told = {"redis_version": "7.2.4", "server_name": "valkey", "valkey_version": version}

    rows = judge(RedisFacts(WELL | told))

    found = [SAYS[row.name] for row in rows if row.name in SAYS]
    assert says == (", ".join(found) or "fine")
