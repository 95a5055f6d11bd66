"""The base of types that are read from JSON by msgspec and refuse unknown fields, and common bounds."""

from typing import Annotated

from msgspec import Meta, Struct

Chance = Annotated[float, Meta(ge=0, le=1)]
Seconds = Annotated[float, Meta(ge=0, le=30 * 86_400)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Id = Annotated[int, Meta(ge=0, le=2**53)]


class Strict(Struct, frozen=True, forbid_unknown_fields=True):
    """An immutable value; `msgspec.convert` raises `ValidationError` for what does not fit."""
