"""All quick replies of the team as values: what one is, what may become of them, who was first."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

LONGEST_NAME = 100
LONGEST_TEXT = 1_000
MOST = 1_000

CatalogueProblem = Literal[
    "bad_name", "bad_folder", "bad_text", "name_taken", "changed", "unknown_quick_reply", "too_many"
]


class CatalogueError(Exception):
    """What was asked cannot be done; the text says why in plain words."""

    def __init__(self, why: CatalogueProblem, message: str) -> None:
        super().__init__(message)
        self.why: CatalogueProblem = why
        self.message = message


@dataclass(frozen=True, slots=True)
class Wording:
    """What people write of a quick reply; made by `wording`. `folder` '' is none."""

    folder: str
    name: str
    text: str

    @property
    def place(self) -> tuple[str, str]:
        """Folder and name, by which people tell replies apart."""
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
    """Who changes something, and when (Unix seconds)."""

    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Edit:
    """What a change does to the book; nothing when both are empty."""

    put: tuple[QuickReply, ...] = ()
    gone: tuple[str, ...] = ()


def wording(folder: str, name: str, text: str) -> Wording:
    """Return it tidied: outer spaces go, line breaks are LF; raises BookError."""
    return Wording(_label("folder", folder, shortest=0), _label("name", name, shortest=1), _text(text))


def in_order(book: Catalogue) -> list[QuickReply]:
    """Return all by folder and name; those without a folder come first."""
    return sorted(book.values(), key=_in_book)


def add(book: Catalogue, reply_id: str, new: Wording, stamp: Stamp) -> Edit:
    """Add one; raises BookError."""
    if len(book) >= MOST:
        raise _too_many()
    _check_place(book, new, reply_id)
    return Edit(put=(QuickReply(reply_id, new, 1, stamp.by, stamp.at),))


def change(book: Catalogue, reply_id: str, version: int, new: Wording, stamp: Stamp) -> Edit:
    """Change the one that was read at `version`; raises BookError, above all when somebody else was first."""
    known = _known(book, reply_id, version)
    _check_place(book, new, reply_id)
    if known.wording == new:
        return Edit()
    return Edit(put=(replace(known, wording=new, version=version + 1, by=stamp.by, at=stamp.at),))


def remove(book: Catalogue, reply_id: str, version: int) -> Edit:
    """Remove the one that was read at `version`; raises BookError."""
    return Edit(gone=(_known(book, reply_id, version).id,))


def merge(book: Catalogue, wanted: Iterable[tuple[str, Wording]], stamp: Stamp) -> Edit:
    """Bring in many at once, each with an id to take if it is new; raises BookError, then nothing comes in.

    What has the same folder and name gets the new text; what is not named stays as it is.
    """
    places = {reply.wording.place: reply for reply in book.values()}
    put = []
    for new_id, new in wanted:
        known = places.get(new.place)
        if known is None:
            put.append(QuickReply(new_id, new, 1, stamp.by, stamp.at))
        elif known.wording != new:
            put.append(replace(known, wording=new, version=known.version + 1, by=stamp.by, at=stamp.at))
    if len(book.keys() | {reply.id for reply in put}) > MOST:
        raise _too_many()
    return Edit(put=tuple(put))


def _in_book(reply: QuickReply) -> tuple[str, str, str]:
    folder, name = reply.wording.place
    return folder, reply.wording.folder, name  # a folder spelled in two ways is two, not a shuffle of both


def _known(book: Catalogue, reply_id: str, version: int) -> QuickReply:
    known = book.get(reply_id)
    if known is None:
        raise CatalogueError("unknown_quick_reply", "There is no such quick reply (any more).")
    if known.version != version:
        raise CatalogueError(
            "changed", f"{known.by} has changed this quick reply meanwhile. Look at it again."
        )
    return known


def _check_place(book: Catalogue, new: Wording, reply_id: str) -> None:
    if any(reply.wording.place == new.place and reply.id != reply_id for reply in book.values()):
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
    # Surrogates are half letters, which neither UTF-8 nor JSON can carry.
    return unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")


def _too_many() -> CatalogueError:
    return CatalogueError("too_many", f"There is room for {MOST:,} quick replies. Remove some first.")
