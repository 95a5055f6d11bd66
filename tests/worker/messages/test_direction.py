"""Who speaks in a message: a person, or Avito in whosever name."""

from typing import Any

import pytest

from tests.worker.builders import BUYER, SELLER, make_message

EMPTY_CHAT = "Пользователь создал чат, но пока ничего не написал"


def judged(text: str, **more: Any) -> tuple[str, str]:
    flow = {"flow_id": more.pop("flow_id")} if "flow_id" in more else {}
    message = make_message(content={"text": text} | flow, **more)
    return message.direction, message.notice


@pytest.mark.parametrize("kind", ["text", "system", "", "image"])
@pytest.mark.parametrize(
    "begin",
    [
        "[Системное сообщение] ",
        "[Системное сообщение]\u00a0✏️\u00a0",
        "\ufeff[Системное сообщение] ",
        "\u200b \u00a0[Системное\u00a0сообщение]",
        "✏️ [Системное сообщение] ",
        "👩\u200d💻\n[системное сообщение]: ",
        "[ Системное\u200b сообщение ] ",
        "[Системное\u200bсообщение] ",
        "[Системное\nсообщение] ",
        "［Системное сообщение］ ",
        "【СИСТЕМНОЕ СООБЩЕНИЕ】",
        "ℹ️ [Системное сообщение] ",
        "‼️ [Системное сообщение] ",
        "1️⃣ [Системное сообщение] ",
        "[Системное сообщение] [Системное сообщение] ",
    ],
)
def test_a_text_that_begins_with_avitos_prefix_is_avitos_in_the_buyers_name_too(
    begin: str, kind: str
) -> None:
    assert judged(begin + EMPTY_CHAT, type=kind) == ("system", "system")


@pytest.mark.parametrize(
    "text",
    [
        "Мне пришло: [Системное сообщение] Клиент попросил вас позвонить. Это что?",
        "«[Системное сообщение] Клиент попросил вас позвонить» — что это?",
        "> [Системное сообщение] Клиент попросил вас позвонить",
        "Системное сообщение",
        "Здравствуйте, новая заявка на бронирование ещё возможна?",
        "Я откликнулся на вакансию, когда вы перезвоните?",
        "Попросил бы вас позвонить мне",
        "Клиент просит перезвонить вас, когда удобно",
        "Клиент попросил вас позвонить и узнать цену",
        "Клиент посмотрел номер телефона и не дозвонился",
        "Новая заявка на бронирование: хочу снять с 1 мая",
        "Новая заявка на бронирование возможна?",
        "Кандидат откликнулся на вакансию, а вы молчите",
        "Пользователь создал чат, но пока ничего не написал - что это?",
        "Покупатель хочет заказать",
        "(Системное сообщение) что это такое?",
        "",
        "👍",
    ],
)
def test_a_buyer_who_speaks_of_such_things_is_a_buyer(text: str) -> None:
    assert judged(text) == ("in", "words")


@pytest.mark.parametrize(
    "text",
    [
        "Новая заявка на бронирование «Домик у озера», 5–7 мая",
        "Новая заявка на бронирование «Можно с собакой»",
        "Кандидат откликнулся на вакансию «Курьер».",
        "Клиент попросил вас позвонить",
    ],
)
def test_a_lead_that_comes_without_the_prefix_is_known_by_its_words(text: str) -> None:
    assert judged(text) == ("system", "lead")
    assert judged("📅 " + text) == ("system", "lead")


@pytest.mark.parametrize("author", [0, 1, 10, BUYER])
@pytest.mark.parametrize(
    "text",
    [
        "Кандидат откликнулся на вакансию «Курьер».",
        "Соискательница откликнулась на вакансию. Кандидат соответствует требованиям.",
        "У вас новый отклик",
        "Отклик на вакансию «Повар»",
        "Клиент попросил вас позвонить",
        "Покупатель просит вас перезвонить",
        "Пользователь заказал обратный звонок",
        "Клиент ждёт звонка",
        "Клиент хочет, чтобы вы ему перезвонили",
        "Новая заявка на бронирование на 5 мая. Бесплатная отмена до 1 мая",
        "Гость забронировал жильё",
        "Пользователь оставил заявку на услугу",
        "Новый заказ! Покупатель оформил заказ с Авито Доставкой",
        "Покупатель оплатил заказ",
        "Клиент записался на 12:00",
        "Новый кандидат на вакансию",
        "Соискатель прислал резюме",
        "Клиент хочет, чтобы ему перезвонили",
        "Пользователь просит связаться с ним",
        "Запрос на звонок",
        "Клиент ждёт, когда вы позвоните",
        "Запрос на бронирование от Ивана",
        "Вашу квартиру забронировали",
        "Пользователь хочет посмотреть квартиру",
        "Покупатель хочет заказать товар с доставкой",
        "Покупатель хочет оформить заказ",
        "Заказ оплачен. Отправьте товар до 5 мая",
        "У вас купили товар",
        "Вам поступил\nзаказ",
        "Вас выбрали исполнителем",
    ],
)
def test_a_new_customer_is_a_lead(text: str, author: int) -> None:
    assert judged(f"[Системное сообщение] {text}", author=author) == ("system", "lead")


@pytest.mark.parametrize(
    "text",
    [
        EMPTY_CHAT,
        "Клиент посмотрел номер телефона.",
        "Покупатель ознакомился со скидкой 2 425 ₽ и теперь может оформить заказ Авито Доставкой.",
        "🖊 Оставьте отзыв о продавце. Расскажите, как прошло общение, встреча или сделка",
        "Покупатель оставил отзыв",
        "Вы откликнулись на вакансию",
        "Вы оформили заказ",
        "Гость отменил бронирование, новая заявка не нужна",
        "Заявка на бронирование отклонена",
        "Срок заявки на бронирование истёк",
        "Пользователь ещё не оставил заявку",
        "Покупатель пока не оплатил заказ",
        "Клиент больше не ждёт звонка",
        "Вы заказали обратный звонок",
        "Вы отправили заявку на бронирование",
        "Покупатель оставил вам отзыв",
        "Пользователь отправил фото",
        "Покупатель оформил возврат",
        "Подключите автоответ: отправим его, если вы пропустили звонок",
    ],
)
def test_what_brings_no_customer_is_no_lead(text: str) -> None:
    assert judged(f"[Системное сообщение] {text}") == ("system", "system")


def test_avitos_signal_of_a_lead_is_one_whatever_its_words() -> None:
    assert judged("Покупателю интересно", author=0, flow_id="flower_generic_lead_signal") == (
        "system",
        "lead",
    )


def test_what_avito_writes_in_our_name_is_no_answer_of_ours() -> None:
    prefixed = make_message(author=SELLER, content={"text": f"[Системное сообщение] {EMPTY_CHAT}"})
    bot = make_message(author=SELLER, content={"text": "Да, актуально", "flow_id": "flower_161071"})
    assert (prefixed.direction, prefixed.answers) == ("system", False)
    assert (bot.direction, bot.answers, bot.notice) == ("out", False, "")
    assert judged("Перезвоните нам", author=SELLER, type="system") == ("system", "")


def test_an_empty_flow_and_a_short_id_are_those_of_a_person() -> None:
    assert judged("Здравствуйте", flow_id="") == ("in", "words")
    assert judged("Здравствуйте", author=1_234_567) == ("in", "words")
    assert judged("Здравствуйте", author=11) == ("in", "words")


def test_only_a_lead_counts_as_read_by_avitos_word() -> None:
    lead = {"text": "[Системное сообщение] Клиент попросил вас позвонить"}
    plain = {"text": f"[Системное сообщение] {EMPTY_CHAT}"}
    assert make_message(content=lead, isRead=True).read
    assert not make_message(content=plain, isRead=True).read
