"""The rules for operators as a whole: names, passwords, and the last owner who stays. Values only."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from push_gateway.auth.access import PROGRAM_SIGN, Role
from push_gateway.http.errors import ApiError

LONGEST_NAME = 64
SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1024
LONGEST_TYPED = 2 * LONGEST_PASSWORD
"""Characters of a name or password before it is normalized: a letter and its accent may be two."""
MOST_OPERATORS = 200
_KNOWN_TO_ALL = ("admin", "avito", "password", "qwerty", "letmein", "welcome", "secret", "123")

StaffProblem = Literal[
    "bad_name", "bad_password", "unknown_operator", "operator_exists", "last_owner", "too_many", "forbidden"
]
_STATUS = {"bad_name": 422, "bad_password": 422, "unknown_operator": 404, "forbidden": 403}


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator as stored. `created` in Unix seconds."""

    name: str
    role: Role
    password_hash: str
    created: float
    disabled: bool = False


Staff = Mapping[str, Operator]


class StaffError(ApiError):
    """The change is refused."""

    def __init__(self, code: StaffProblem, message: str) -> None:
        super().__init__(_STATUS.get(code, 409), code, message)


def normal(text: str) -> str:
    """Return a name or password in the Unicode form in which it is kept; one that is far too long as it is.

    The time that this takes grows with the square of how many accents follow each other.
    """
    return unicodedata.normalize("NFC", text) if len(text) <= LONGEST_TYPED else text


def known_name(staff: Staff, typed: str) -> str | None:
    """Return the stored name that a typed name means; None when there is no such operator."""
    if typed in staff:
        return typed
    wanted = normal(typed)
    return next((name for name in staff if normal(name) == wanted), None)


def with_new(staff: Staff, operator: Operator) -> Operator:
    """Return the operator to add; raises StaffError."""
    check_name(operator.name)
    if known_name(staff, operator.name) is not None:
        raise StaffError("operator_exists", "There is an operator of this name already.")
    if len(staff) >= MOST_OPERATORS:
        raise StaffError("too_many", f"There are {MOST_OPERATORS} operators already.")
    return operator


def with_change(
    staff: Staff,
    name: str,
    *,
    role: Role | None = None,
    disabled: bool | None = None,
    password_hash: str | None = None,
) -> Operator:
    """Return the operator as changed; raises StaffError. One enabled owner always remains."""
    known = staff.get(name)
    if known is None:
        raise StaffError("unknown_operator", "There is no operator of this name.")
    changed = replace(
        known,
        role=role or known.role,
        disabled=known.disabled if disabled is None else disabled,
        password_hash=password_hash or known.password_hash,
    )
    if manages(known) and not any(map(manages, ({**staff, name: changed}).values())):
        raise StaffError("last_owner", "This is the last owner: make another operator an owner first.")
    return changed


def name_problem(name: str) -> str | None:
    """Return what is wrong with a new operator's or token's name, in plain words; None when nothing is."""
    if not 0 < len(name) <= LONGEST_NAME:
        return f"must have 1 to {LONGEST_NAME} characters"
    if name != name.strip() or not name.isprintable() or "/" in name:
        return "must be without slashes, line breaks and outer spaces"
    if name in (".", ".."):  # no browser leaves such a part in an address
        return "must not be . or .."
    return f"must not begin with {PROGRAM_SIGN}" if name.startswith(PROGRAM_SIGN) else None


def password_problem(password: str, username: str) -> str | None:
    """Return what is wrong with a new password, in plain words; None when nothing is."""
    if len(password) < SHORTEST_PASSWORD:
        return f"is shorter than {SHORTEST_PASSWORD} characters"
    if len(password) > LONGEST_PASSWORD:
        return f"is longer than {LONGEST_PASSWORD} characters"
    if len(set(password)) < 3 or password.lower() == username.lower():
        return "is too easy to guess"
    rest = password.lower()
    for word in _KNOWN_TO_ALL:
        rest = rest.replace(word, "")
    if len(rest.strip("0123456789!.-_")) == 0:
        return "is one of those that attackers try first"
    return None


def check_name(name: str) -> None:
    """Raise StaffError when this may not be the name of an operator or token."""
    if problem := name_problem(name):
        raise StaffError("bad_name", f"The name {problem}.")


def check_password(password: str, username: str) -> None:
    """Raise StaffError when this may not be a password."""
    if problem := password_problem(password, username):
        raise StaffError("bad_password", f"The password {problem}.")


def manages(operator: Operator) -> bool:
    """Whether this operator is an enabled owner."""
    return operator.role == "owner" and not operator.disabled
