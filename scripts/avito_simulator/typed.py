"""Turns JSON objects into frozen dataclasses, and reports all problems at once."""

import dataclasses
import types
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


class BadInputError(ValueError):
    """The input is invalid; `problems` has a sentence for each field."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclasses.dataclass(frozen=True, slots=True)
class Between:
    """Inclusive bounds of a number."""

    least: float
    most: float


_PLAIN: dict[type, tuple[tuple[type, ...], str]] = {
    bool: ((bool,), "true or false"),
    int: ((int,), "a whole number"),
    float: ((int, float), "a number"),
    str: ((str,), "a string"),
    dict: ((dict,), "an object"),
}

Chance = Annotated[float, Between(0, 1)]
Seconds = Annotated[float, Between(0, 86_400)]
Count = Annotated[int, Between(0, 1_000_000)]


def read(kind: type[T], given: object) -> T:
    """Read a `kind` (a dataclass, or `dict` for any object) from JSON. Raises `BadInputError`."""
    if not isinstance(given, Mapping):
        raise BadInputError(["a JSON object is expected"])
    if kind is dict:
        return cast("T", dict(given))
    problems = _problems(kind, given)
    problems += [
        f"{field.name}: is missing"
        for field in dataclasses.fields(kind)  # type: ignore[arg-type] # kind is a dataclass
        if field.name not in given and _is_required(field)
    ]
    if problems:
        raise BadInputError(problems)
    return kind(**_values(kind, given))


def change(current: T, given: object) -> T:
    """Return `current` (a dataclass) with the given fields replaced. Raises `BadInputError`."""
    kind = type(current)
    if not isinstance(given, Mapping):
        raise BadInputError(["a JSON object is expected"])
    problems = _problems(kind, given)
    if problems:
        raise BadInputError(problems)
    return dataclasses.replace(current, **_values(kind, given))  # type: ignore[type-var] # the same


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    nothing = dataclasses.MISSING
    return field.default is nothing and field.default_factory is nothing


def _problems(kind: type, given: Mapping[str, object]) -> list[str]:
    hints = _hints(kind)
    found = []
    for name, value in given.items():
        if name not in hints:
            found.append(f"{name}: unknown; known are {', '.join(sorted(hints))}")
        elif problem := _problem(hints[name], value):
            found.append(f"{name}: {problem}")
    return found


def _values(kind: type, given: Mapping[str, object]) -> dict[str, Any]:
    hints = _hints(kind)
    return {name: _value(hints[name], value) for name, value in given.items()}


def _problem(hint: Any, value: object) -> str | None:
    """Return why `value` does not fit `hint`, or None."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        problems = [_problem(option, value) for option in get_args(hint)]
        return None if None in problems else " or ".join(p for p in problems if p)
    if origin is Annotated:
        base, bounds = get_args(hint)
        return _problem(base, value) or _bound_problem(bounds, value)
    if origin is Literal:
        options = get_args(hint)
        fits = any(value == option and type(value) is type(option) for option in options)
        return None if fits else f"must be one of {', '.join(map(repr, options))}"
    if origin in (list, tuple):
        return _list_problem(get_args(hint)[0], value)
    if dataclasses.is_dataclass(hint):
        return _nested_problem(hint, value)
    return _plain_problem(origin or hint, value)


def _bound_problem(bounds: Between, value: Any) -> str | None:
    if bounds.least <= value <= bounds.most:
        return None
    return f"must be from {bounds.least:g} to {bounds.most:g}"


def _list_problem(inner: Any, value: object) -> str | None:
    if not isinstance(value, list):
        return "must be a list"
    return next((problem for one in value if (problem := _problem(inner, one))), None)


def _nested_problem(hint: Any, value: object) -> str | None:
    try:
        read(hint, value)
    except BadInputError as error:
        return str(error)
    return None


def _plain_problem(hint: Any, value: object) -> str | None:
    if hint is object:
        return None
    if hint is types.NoneType:
        return None if value is None else "must be null"
    accepted, words = _PLAIN[hint]
    # In Python True is a number; in JSON it is not.
    if isinstance(value, accepted) and (hint is bool or not isinstance(value, bool)):
        return None
    return f"must be {words}"


def _value(hint: Any, value: Any) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        fitting = next(option for option in get_args(hint) if _problem(option, value) is None)
        return _value(fitting, value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return read(hint, value)
    if origin is tuple:
        return tuple(_value(get_args(hint)[0], one) for one in value)
    return value
