import pytest

from worker.messages.tariff import is_tariff_stub


@pytest.mark.parametrize(
    "text",
    [
        "Перейдите на подписку с API мессенджера",
        "Перейдите на подписку с API мессенджера, чтобы читать сообщения",
        "«перейдите  на подписку\u00a0с api мессенджера»",
    ],
)
def test_avitos_advertising_in_place_of_a_message_is_recognised(text: str) -> None:
    assert is_tariff_stub(text)


@pytest.mark.parametrize(
    "text",
    ["", "Здравствуйте", "Перейдите на подписку", "Пишут: перейдите на подписку с API мессенджера"],
)
def test_what_people_write_is_not_taken_for_it(text: str) -> None:
    assert not is_tariff_stub(text)
