"""Texts that Avito writes itself, often in the buyer's name, and what they say. Pure.

Avito's API has no reliable sign of them: some come as ordinary texts of the buyer, and only the words tell.
"""

import re
import unicodedata

_LOOKED_AT = 1_000
"""So much of a text is looked at; a longer one may hold what a stranger wrote."""
_READ = 4 * _LOOKED_AT
"""So much of it is read to find where its words begin."""
_FIRST_WORD = 16
_BRACKETS = "[［【"
_PREFIX = re.compile(r"[\[【] ?системное ?сообщение ?[\]】]")
_ORNAMENTS = ("Z", "C", "So", "Sk", "Mn", "Me")
"""Categories of characters that Avito puts before its words: spaces, invisible ones, emoji."""
_INVISIBLE = ("Cf", "Cc", "Mn")
_OTHER_EMOJI = re.compile(r"[0-9#*]\ufe0f?\u20e3|[ℹ‼⁉〰]")
"""Those that Unicode counts as digits, letters or punctuation."""

_BEGINNINGS = ("нов", "кандидат", "соискатель", "клиент", "покупатель", "пользователь", "гость", "арендатор")
"""Of the texts below: most texts of buyers are told by their first letters."""
_WHO = r"(?:клиент|покупатель|пользователь|гость|арендатор|кандидат|соискатель)"
_KNOWN = re.compile(
    r"новая заявка на бронирование\b"
    r"|(?:кандидат|соискатель) откликнул(?:ся|ась) на (?:вашу )?вакансию(?= ?[«\".!]|$)"
    rf"|{_WHO} попросила? вас (?:по|пере)звонить(?=[.!]|$)"
    rf"|{_WHO} (?:создал|открыл)а? чат, но пока ничего не написала?(?=[.!]|$)"
    rf"|{_WHO} посмотрела? (?:ваш )?номер телефона(?=[.!]|$)"
    rf"|{_WHO} ознакомил(?:ся|ась) со скидкой \d"
)
"""How texts without the prefix begin: only such as no person would write."""
_PERSON = re.compile(r"\?|\b(?:я|мне|мы|нам|хочу|хотим|можно|можете|могли|возможна|пожалуйста)\b")
"""What in their first sentence shows that a person wrote them nevertheless."""

_LEAD = re.compile(
    # somebody applies for a job
    r"\bоткликнул(?:ся|ась|ись)\b|\bотклик на (?:вашу )?вакансию|\b(?:от|при)слала? (?:вам )?резюме"
    r"|\bхочет .{0,20}?работать\b"
    # somebody wants to be called
    r"|\b(?:по)?прос(?:ил|ила|ит|ят|или) .{0,40}?(?:звон|связаться)"
    r"|\b(?:заказал|запросил|ждет|ожидает)а?\b.{0,30}?звон"
    r"|\b(?:запрос|заказ) (?:\w+ )?звонк|\bобратн(?:ый|ого) звон(?:ок|ка)\b"
    r"|\bперезвоните\b|\bпозвоните (?:\w+ )?(?:клиенту|покупателю|пользователю|гостю|кандидату)"
    r"|\bчтобы .{0,20}?(?:по|пере)звонили\b|\bхочет .{0,20}?(?:созвон|звонка|телефону)"
    # somebody books, orders, buys or leaves a request
    r"|\bнов(?:ый|ая|ое|ую|ые|ых) (?:отклик|кандидат|соискател|клиент|лид|заявк|запрос|заказ|запис|брон)"
    r"|\b(?:заявк[аиу]|запрос|запись) на \w+|\bпоступила? (?:\w+ )?(?:отклик|заявк|запрос|заказ)"
    r"|\b(?:оставил|подал|отправил)а? .{0,20}?(?:заявк|запрос|отклик|резюме|контакт|номер|телефон)"
    r"|\b(?:оформил|оплатил|сделал)а? .{0,30}?(?:заказ|покупк|брон|доставк|предоплат|товар)"
    r"|\b(?:заказ|товар|покупка|бронирование)\b.{0,20}? (?:оформлен|оплачен)[ао]?\b"
    r"|\b(?:забронировал|заказал|купил)[аи]?\b|\bзабронирован[ао]?\b|\bзаписал(?:ся|ась|ись)\b"
    r"|\bхочет .{0,20}?(?:забронировать|записаться|арендовать|снять|купить|заказать|оформить)\b"
    r"|\bхочет .{0,20}?(?:посмотреть|приехать)\b|\bвыбрала? вас\b|\bвас выбрал"
    r"|\bпредложила? .{0,15}?(?:заказ|цену)\b|\bзаинтересова|\bинтересуется\b"
)
_NO_LEAD = re.compile(
    r"\b(?:отмен(?:ил|ен)|отклон(?:ил|ен)|отозва|истек|просроч|отказал)"  # it is over
    r"|\bне \w+(?:л|ла|ли|лся|лась|лись|ет|ит|на|но)\b"  # it has not happened
    r"|^вы "  # we did it
)
_QUOTED = re.compile(r"[«\"].*?[»\"]")
_SENTENCE = re.compile(r"[^.!?]+[.!?]*")
_LEAD_FLOWS = ("flower_generic_lead_signal",)


def words_of_system(text: str) -> str | None:
    """Return what a text says after Avito's prefix; None for a text that does not begin with it."""
    if not any(bracket in text for bracket in _BRACKETS):
        return None
    plain = _plain(text)
    prefix = _PREFIX.match(plain)
    return None if prefix is None else _plain(plain[prefix.end() :])


def is_known_without_prefix(text: str) -> bool:
    """Tell whether a text is one that Avito writes without its prefix."""
    if text[:1].isalnum() and not text[:_FIRST_WORD].lower().startswith(_BEGINNINGS):
        return False
    plain = _plain(text)
    return _KNOWN.match(plain) is not None and not _PERSON.search(_sentences(_QUOTED.sub("", plain))[0])


def is_lead(text: str, flow_id: object = None) -> bool:
    """Tell whether a system text tells of a new customer: an applicant, a booking, a wish to be called."""
    if flow_id in _LEAD_FLOWS:
        return True
    sentences = _sentences(_plain(text))
    if _NO_LEAD.search(sentences[0]):
        return False
    return any(_LEAD.search(sentence) and not _NO_LEAD.search(sentence) for sentence in sentences)


def _sentences(plain: str) -> list[str]:
    """Return the sentences of a plain text, each with what ends it; at least one."""
    return [sentence.strip() for sentence in _SENTENCE.findall(plain)] or [""]


def _plain(text: str) -> str:
    """Return the beginning of a text in lower case: no ornaments before it, one kind of space, no ё."""
    text = _OTHER_EMOJI.sub("", text[:_READ])
    begin = next(
        (n for n, letter in enumerate(text) if not unicodedata.category(letter).startswith(_ORNAMENTS)),
        len(text),
    )
    kept = unicodedata.normalize("NFKC", text[begin : begin + _LOOKED_AT])
    visible = "".join(one for one in kept if one.isspace() or unicodedata.category(one) not in _INVISIBLE)
    return " ".join(visible.lower().replace("ё", "е").split())
