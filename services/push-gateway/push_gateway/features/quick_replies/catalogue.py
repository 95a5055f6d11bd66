"""The catalogue of quick replies: what one is, and the rules for every change. Values only."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from push_gateway.http.errors import ApiError

LONGEST_NAME = 100
LONGEST_TEXT = 1_000
MOST = 1_000

CatalogueProblem = Literal[
    "bad_name", "bad_folder", "bad_text", "name_taken", "changed", "unknown_quick_reply", "too_many"
]
_STATUS = {"name_taken": 409, "changed": 409, "too_many": 409, "unknown_quick_reply": 404}


class CatalogueError(ApiError):
    """The change is refused."""

    code: CatalogueProblem

    def __init__(self, code: CatalogueProblem, message: str) -> None:
        super().__init__(_STATUS.get(code, 422), code, message)


@dataclass(frozen=True, slots=True)
class Wording:
    """What operators write of a quick reply; made by `wording`. A `folder` of '' is none."""

    folder: str
    name: str
    text: str

    @property
    def key(self) -> tuple[str, str]:
        """Folder and name, which are unique without regard to case."""
        return self.folder.casefold(), self.name.casefold()


@dataclass(frozen=True, slots=True)
class QuickReply:
    """One quick reply. `version` grows with every change; `by` changed it last, `at` in Unix seconds."""

    id: str
    wording: Wording
    version: int
    by: str
    at: float


Catalogue = Mapping[str, QuickReply]
"""All of them, by id."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The operator who makes a change, and when (Unix seconds)."""

    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Edit:
    """The quick replies that a change puts into the catalogue, and the ids that it removes."""

    put: tuple[QuickReply, ...] = ()
    gone: tuple[str, ...] = ()


def wording(folder: str, name: str, text: str) -> Wording:
    """Return a wording without outer spaces and with LF as line breaks; raises CatalogueError."""
    return Wording(_label("folder", folder, shortest=0), _label("name", name, shortest=1), _text(text))


def in_order(catalogue: Catalogue) -> list[QuickReply]:
    """Return the quick replies by folder and name; those without a folder come first."""
    return sorted(catalogue.values(), key=_sort_key)


def add(catalogue: Catalogue, reply_id: str, new: Wording, stamp: Stamp) -> Edit:
    """Add a quick reply; raises CatalogueError."""
    if len(catalogue) >= MOST:
        raise _too_many()
    _check_key(catalogue, new, reply_id)
    return Edit(put=(QuickReply(reply_id, new, 1, stamp.by, stamp.at),))


def change(catalogue: Catalogue, reply_id: str, version: int, new: Wording, stamp: Stamp) -> Edit:
    """Change a quick reply that was read at `version`; raises CatalogueError, also for a newer version."""
    known = _known(catalogue, reply_id, version)
    _check_key(catalogue, new, reply_id)
    changed = replace(known, wording=new, version=version + 1, by=stamp.by, at=stamp.at)
    return Edit(put=(known if known.wording == new else changed,))


def remove(catalogue: Catalogue, reply_id: str, version: int) -> Edit:
    """Remove a quick reply that was read at `version`; raises CatalogueError."""
    return Edit(gone=(_known(catalogue, reply_id, version).id,))


def merge(catalogue: Catalogue, wanted: Iterable[tuple[str, Wording]], stamp: Stamp) -> Edit:
    """Import many wordings, each with an id to use if it is new; raises CatalogueError for all together.

    A quick reply of the same folder and name gets the new text; the others stay as they are.
    """
    by_key = {reply.wording.key: reply for reply in catalogue.values()}
    put = []
    for new_id, new in wanted:
        known = by_key.get(new.key)
        if known is None:
            put.append(QuickReply(new_id, new, 1, stamp.by, stamp.at))
        elif known.wording != new:
            put.append(replace(known, wording=new, version=known.version + 1, by=stamp.by, at=stamp.at))
    if len(catalogue.keys() | {reply.id for reply in put}) > MOST:
        raise _too_many()
    return Edit(put=tuple(put))


def _sort_key(reply: QuickReply) -> tuple[str, str, str]:
    folder, name = reply.wording.key
    return folder, reply.wording.folder, name  # two spellings of a folder stay apart


def _known(catalogue: Catalogue, reply_id: str, version: int) -> QuickReply:
    known = catalogue.get(reply_id)
    if known is None:
        raise CatalogueError("unknown_quick_reply", "There is no such quick reply (any more).")
    if known.version != version:
        raise CatalogueError(
            "changed", f"{known.by} has changed this quick reply meanwhile. Look at it again."
        )
    return known


def _check_key(catalogue: Catalogue, new: Wording, reply_id: str) -> None:
    if any(reply.wording.key == new.key and reply.id != reply_id for reply in catalogue.values()):
        raise CatalogueError("name_taken", "This folder has a quick reply of this name already.")


def _label(what: Literal["folder", "name"], value: str, *, shortest: int) -> str:
    tidy = value.strip()
    why: CatalogueProblem = "bad_name" if what == "name" else "bad_folder"
    if not shortest <= len(tidy) <= LONGEST_NAME:
        raise CatalogueError(why, f"The {what} must have {shortest} to {LONGEST_NAME} characters.")
    if any(_is_control(letter) for letter in tidy):
        raise CatalogueError(why, f"The {what} must be one line without control characters.")
    return tidy


def _text(value: str) -> str:
    tidy = value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not 1 <= len(tidy) <= LONGEST_TEXT:
        raise CatalogueError("bad_text", f"The text must have 1 to {LONGEST_TEXT} characters.")
    if any(_is_control(letter) and letter not in "\n\t" for letter in tidy):
        raise CatalogueError("bad_text", "The text must be without control characters.")
    return tidy


def _is_control(letter: str) -> bool:
    # Surrogates are half characters, which neither UTF-8 nor JSON can carry.
    return unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")


def _too_many() -> CatalogueError:
    return CatalogueError("too_many", f"There is room for {MOST:,} quick replies. Remove some first.")
