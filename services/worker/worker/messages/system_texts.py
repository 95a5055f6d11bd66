"""Texts that Avito writes itself, often in the buyer's name, and what they say. Pure.

Avito's API has no reliable sign of them: some come as ordinary texts of the buyer, and only the words tell.
"""

import re
import unicodedata

_LOOKED_AT = 1_000
"""So much of a text is looked at; a longer one may hold what a stranger wrote."""
_FIRST_WORD = 16
_PREFIX = re.compile(r"\[ ?системное сообщение ?\]")
_ORNAMENTS = ("Z", "C", "So", "Sk", "Mn", "Me")
"""Categories of characters that Avito puts before its words: spaces, invisible ones, emoji."""

_BEGINNINGS = ("нов", "кандидат", "соискатель", "клиент", "покупатель", "пользователь", "гость", "арендатор")
"""Of the texts below: most texts of buyers are told by their first letters."""
_WHO = r"(?:клиент|покупатель|пользователь|гость|арендатор|кандидат|соискатель)"
_KNOWN = re.compile(
    r"новая заявка на бронирование\b"
    r"|(?:кандидат|соискатель) откликнул(?:ся|ась) на (?:вашу )?вакансию"
    rf"|{_WHO} (?:по)?прос(?:ил|ила|ит) (?:вас )?(?:по|пере)звонить"
    rf"|{_WHO} (?:создал|создала|открыл|открыла) чат, но пока ничего не написал"
    rf"|{_WHO} посмотрел(?:а)? (?:ваш )?номер телефона"
    rf"|{_WHO} ознакомил(?:ся|ась) со скидкой"
)
"""How texts without the prefix begin: only such as no person would write."""

_LEAD = re.compile(
    # somebody applies for a job
    r"(?<!вы )(?<!не )\bоткликнул(?:ся|ась|ись)\b|\bнов(?:ый|ые|ых) отклик|\bотклик на (?:вашу )?вакансию"
    # somebody wants to be called
    r"|\b(?<!вы )(?:по)?прос(?:ил|ила|ит|ят|или) .{0,40}?(?:позвон|перезвон)"
    r"|\b(?:заказал|заказала|запросил|запросила|ждет|ожидает) .{0,30}?звон(?:ок|ка)\b"
    r"|\bобратн(?:ый|ого) звон(?:ок|ка)\b|\bперезвоните\b|\bчтобы вы .{0,20}?(?:по|пере)звонили\b"
    # somebody books, orders or leaves a request
    r"|\bнов(?:ая|ый|ое|ую) (?:заявк|заказ|запис|бронь|брон)|\bзаявк[аиу] на \w+"
    r"|(?<!вы )\b(?:забронировал|оставил|подал|отправил)а?\b(?! отзыв)(?! оценку)(?! жалобу)"
    r"|(?<!вы )\b(?:оформил|оплатил|сделал)а? .{0,30}?(?:заказ|покупк|брон|доставк|предоплат)"
    r"|\bзаписал(?:ся|ась)\b|\bхочет (?:\w+ )?(?:забронировать|записаться|арендовать|снять|купить|заказать)\b"
)
_ENDED = re.compile(
    r"\b(?:отменил|отменила|отменен|отменена|отменено|отклонил|отклонила|отклонен|отклонена|отозвал)"
)
_LEAD_FLOWS = ("flower_generic_lead_signal",)


def words_of_system(text: str) -> str | None:
    """Return what a text says after Avito's prefix; None for a text that does not begin with it."""
    if text[:1].isalnum():
        return None
    plain = _plain(text)
    prefix = _PREFIX.match(plain)
    return None if prefix is None else _plain(plain[prefix.end() :])


def is_known_without_prefix(text: str) -> bool:
    """Tell whether a text is one that Avito writes without its prefix."""
    if text[:1].isalnum() and not text[:_FIRST_WORD].lower().startswith(_BEGINNINGS):
        return False
    return _KNOWN.match(_plain(text)) is not None


def is_lead(text: str, flow_id: object = None) -> bool:
    """Tell whether a system text tells of a new customer: an applicant, a booking, a wish to be called."""
    if flow_id in _LEAD_FLOWS:
        return True
    plain = _plain(text)
    found = _LEAD.search(plain)
    return found is not None and not _ENDED.search(re.split(r"[.!\n]", plain, maxsplit=1)[0])


def _plain(text: str) -> str:
    """Return the beginning of a text in lower case: no ornaments before it, one kind of space, no ё."""
    begin = next(
        (n for n, letter in enumerate(text) if not unicodedata.category(letter).startswith(_ORNAMENTS)),
        len(text),
    )
    kept = text[begin : begin + _LOOKED_AT]
    visible = "".join(letter for letter in kept if unicodedata.category(letter) != "Cf")
    return " ".join(visible.lower().replace("ё", "е").split())
