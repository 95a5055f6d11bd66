"""The rules for operators as a whole: after any change there is an enabled owner."""

import unicodedata
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from push_gateway.auth import operators, staff
from push_gateway.auth.access import Role
from push_gateway.auth.passwords import Passwords
from push_gateway.auth.staff import MOST_OPERATORS, Operator, StaffError


def operator(name: str, role: Role = "operator", *, disabled: bool = False) -> Operator:
    return Operator(name, role, "hash", 1.0, disabled)


def why(error: pytest.ExceptionInfo[StaffError]) -> str:
    return error.value.code


changes = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["a", "b", "c"]),
        "role": st.sampled_from([None, "owner", "operator"]),
        "disabled": st.sampled_from([None, True, False]),
    }
)


@given(st.lists(changes, max_size=30))
def test_an_owner_remains_after_any_sequence_of_changes(asked: list[dict[str, object]]) -> None:
    everyone = {"a": operator("a", "owner"), "b": operator("b"), "c": operator("c", "owner")}
    for change in asked:
        with suppress(StaffError):
            changed = staff.with_change(everyone, **change)  # type: ignore[arg-type]  # as drawn above
            everyone[changed.name] = changed
        assert any(one.role == "owner" and not one.disabled for one in everyone.values())


def test_a_change_affects_only_the_given_fields() -> None:
    everyone = {"a": operator("a", "owner"), "b": operator("b")}

    assert staff.with_change(everyone, "b", disabled=True) == replace(everyone["b"], disabled=True)
    assert staff.with_change(everyone, "b", role="owner") == replace(everyone["b"], role="owner")
    assert staff.with_change(everyone, "b", password_hash="x") == replace(everyone["b"], password_hash="x")


def test_an_unknown_operator_cannot_be_changed() -> None:
    with pytest.raises(StaffError) as error:
        staff.with_change({"a": operator("a", "owner")}, "b", disabled=True)

    assert why(error) == "unknown_operator"


@pytest.mark.parametrize("change", [{"role": "operator"}, {"disabled": True}])
def test_the_last_owner_stays_one_and_may_still_change_the_password(change: dict[str, Any]) -> None:
    everyone = {"a": operator("a", "owner"), "b": operator("b"), "c": operator("c", "owner", disabled=True)}

    with pytest.raises(StaffError, match="make another operator an owner first") as error:
        staff.with_change(everyone, "a", **change)

    assert why(error) == "last_owner"
    assert staff.with_change(everyone, "a", password_hash="x").password_hash == "x"
    assert staff.with_change(everyone, "b", disabled=True).disabled


def test_a_name_is_unique() -> None:
    with pytest.raises(StaffError) as error:
        staff.with_new({"a": operator("a")}, operator("a"))

    assert why(error) == "operator_exists"


def test_operators_are_bounded() -> None:
    everyone = {f"o{n}": operator(f"o{n}") for n in range(MOST_OPERATORS)}

    with pytest.raises(StaffError) as error:
        staff.with_new(everyone, operator("one more"))

    assert why(error) == "too_many"


@pytest.mark.parametrize("name", ["", " a", "a ", "a\nb", "a/b", "api:crm", "x" * 65, "a\x00", ".", ".."])
def test_a_name_that_would_mislead_is_refused(name: str) -> None:
    with pytest.raises(StaffError) as error:
        staff.with_new({}, operator(name))

    assert why(error) == "bad_name"


@pytest.mark.parametrize("name", ["olga", "Анна К.", "o@example.org", "x" * 64, "...", ".a", "a.."])
def test_an_ordinary_name_is_accepted(name: str) -> None:
    assert staff.with_new({}, operator(name)).name == name


COMPOSED, DECOMPOSED = "Андрей", unicodedata.normalize("NFD", "Андрей")


def test_names_that_look_the_same_are_one_name() -> None:
    assert COMPOSED != DECOMPOSED
    for kept, typed in ((COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)):
        assert staff.known_name({kept: operator(kept)}, typed) == kept
        with pytest.raises(StaffError) as error:
            staff.with_new({kept: operator(kept)}, operator(typed))
        assert why(error) == "operator_exists"
    assert staff.known_name({COMPOSED: operator(COMPOSED)}, "Андреи") is None


@pytest.mark.parametrize("set_as", [COMPOSED, DECOMPOSED])
@pytest.mark.parametrize("typed", [COMPOSED, DECOMPOSED])
@pytest.mark.anyio
async def test_a_password_matches_in_any_unicode_form(set_as: str, typed: str) -> None:
    now = operators.make_operator("a", set_as, "operator", 1.0)
    before = replace(now, password_hash=PasswordHasher().hash(set_as))  # as older versions kept it

    for kept in (now, before):
        assert await Passwords().check(kept, typed)
        assert not await Passwords().check(kept, f"{typed}!")


@pytest.mark.anyio
async def test_an_unknown_or_disabled_name_takes_as_long_as_a_wrong_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    passwords, known = Passwords(), operators.make_operator("a", "right", "operator", 1.0)
    verify, costs = PasswordHasher.verify, Counter[str]()

    def count(hasher: PasswordHasher, password_hash: str, password: str) -> bool:
        costs[password_hash.rpartition("$")[0].rpartition("$")[0]] += 1
        return verify(hasher, password_hash, password)

    monkeypatch.setattr(PasswordHasher, "verify", count)
    spent = []
    for who in (known, None, replace(known, disabled=True)):
        costs.clear()
        assert not await passwords.check(who, f"wrong {DECOMPOSED}")
        spent.append(dict(costs))

    assert spent == [{"$argon2id$v=19$m=19456,t=2,p=1": 2}] * 3
