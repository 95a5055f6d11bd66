import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import ValidationError, convert
from msgspec.structs import asdict

import avito_simulator as simulator_package
from avito_simulator.faults import EndpointFault, Faults, Switches, copies


def test_the_default_is_one_copy_in_its_place() -> None:
    assert copies(Switches(), Random(1)) == [(0, True)]


@given(st.integers())
def test_dropped_events_have_no_copy_and_doubled_ones_two(seed: int) -> None:
    assert copies(Switches(webhook_drop=1), Random(seed)) == []
    assert len(copies(Switches(webhook_duplicate=1), Random(seed))) == 2


@given(st.integers())
def test_a_reordered_event_leaves_its_place_within_the_bound(seed: int) -> None:
    ((late_s, in_order),) = copies(Switches(webhook_reorder=1, webhook_reorder_s=3), Random(seed))

    assert not in_order
    assert 0 <= late_s <= 3


def test_a_share_of_events_is_dropped() -> None:
    rng = Random(7)
    counts = Counter(len(copies(Switches(webhook_drop=0.2), rng)) for _ in range(2_000))

    assert 300 < counts[0] < 500


def test_a_wrong_switch_is_named_and_none_is_set() -> None:
    faults = Faults()

    for wrong in ({"webhook_drop": 2}, {"echo": "loud"}, {"nonsense": 1}):
        with pytest.raises(ValidationError, match=next(iter(wrong))):
            faults.set({"lists_meta": False} | wrong)

    assert faults.switches == Switches()


@given(st.sampled_from(sorted(asdict(Switches()))), st.none() | st.binary() | st.lists(st.none()))
def test_no_switch_takes_a_value_of_another_type(name: str, value: object) -> None:
    with pytest.raises(ValidationError):
        Faults().set({name: value})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_makes_a_fault_or_a_clear_refusal(given_json: Any) -> None:
    refused = ""
    try:
        convert(given_json, EndpointFault)
    except ValidationError as error:
        refused = str(error)

    good = isinstance(given_json, dict) and isinstance(given_json.get("operation"), str)
    assert refused or good


def test_an_endpoint_fault_strikes_its_operation_as_often_as_it_says() -> None:
    faults = Faults()
    fault = EndpointFault("send", status=500, count=2)
    faults.endpoints.append((fault, 0))

    struck = [faults.pick(name, "/", Random(1)) for name in ("chats", "send", "send", "send")]

    assert struck == [None, fault, fault, None]


def test_a_fault_may_strike_everywhere_and_ends_when_cleared() -> None:
    faults = Faults()
    faults.endpoints.append((EndpointFault("*", drop=True), 0))
    assert faults.pick("voice", "/", Random(1)) is not None

    faults.endpoints.clear()

    assert faults.pick("voice", "/", Random(1)) is None


def test_a_fault_may_strike_one_chat_or_one_page_alone() -> None:
    faults = Faults()
    faults.endpoints.append((EndpointFault("*", where="offset=100", drop=True), 0))

    assert faults.pick("chats", "/chats?limit=100&offset=0", Random(1)) is None
    assert faults.pick("chats", "/chats?limit=100&offset=100", Random(1)) is not None


def test_the_readme_names_every_switch_and_no_other() -> None:
    readme = Path(simulator_package.__file__).with_name("README.md").read_text("utf-8")
    rows = readme.partition("## Switches")[2].partition("## How")[0].splitlines()
    first_cells = " ".join(row.split("|")[1] for row in rows if row.startswith("| `"))

    assert set(re.findall(r"`(\w+)`", first_cells)) == set(asdict(Switches()))
