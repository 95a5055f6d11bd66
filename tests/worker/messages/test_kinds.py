import pytest

from worker.messages.kinds import KINDS, fingerprint, is_tariff_stub, kind_of

STUB = "Перейдите на подписку с API мессенджера"


@pytest.mark.parametrize("text", [STUB, f"{STUB}, чтобы читать сообщения", f"«{STUB.lower()}»"])
def test_avitos_advertising_in_place_of_a_message_is_recognised(text: str) -> None:
    assert is_tariff_stub(text)


def test_spaces_in_the_advertising_may_vary() -> None:
    assert is_tariff_stub("«перейдите  на подписку\u00a0с api мессенджера»")


@pytest.mark.parametrize("text", ["", "Здравствуйте", "Перейдите на подписку", f"Пишут: {STUB}"])
def test_what_people_write_is_not_taken_for_advertising(text: str) -> None:
    assert not is_tariff_stub(text)


@pytest.mark.parametrize("content", [{}, {"text": None}, {"text": STUB}])
def test_empty_content_and_advertising_have_no_fingerprint(content: dict[str, object]) -> None:
    assert fingerprint("text", content) == ""


def test_a_picture_is_known_by_its_sizes_while_its_links_change() -> None:
    one, other = ({"image": {"sizes": {"140x105": f"https://{host}/1.jpg"}}} for host in "ab")

    assert fingerprint("image", one) == fingerprint("image", other)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_content_of_another_kind_has_another_fingerprint(kind: str) -> None:
    assert fingerprint(kind, {"text": "Да"}) not in ("", fingerprint("a new kind", {"text": "Да"}))


def test_a_kind_that_is_not_in_the_table_is_read_as_a_plain_one() -> None:
    assert kind_of("a new kind") == kind_of("voice")
