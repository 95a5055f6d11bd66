"""Answering: a reply leaves once, and its bubble says where it stands."""

import base64
import io
import json
import re

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Route, WebSocketRoute, expect

from testbed import Live, eventually
from tests.browser.operator_panel import OperatorPanel, log_in, panel_in, settings

pytestmark = pytest.mark.browser

PASTE = """(field, data) => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], 'scratch.png', { type: 'image/png' }));
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
}"""

# No file can be read before the disk spins.
SLOW_DISK = """
    const disk = new Promise((resolve) => { window.spin = resolve; });
    const { arrayBuffer } = Blob.prototype;
    Blob.prototype.arrayBuffer = function () { return disk.then(() => arrayBuffer.call(this)); };
    null;
"""

# An upload that does not move is given up after 4 s, not 25.
IMPATIENT = """
    const real = window.setTimeout;
    window.setTimeout = (work, ms, ...more) => real(work, ms === 25_000 ? 4000 : ms, ...more);
"""


@pytest.fixture
def chat(panel: OperatorPanel, live: Live) -> str:
    """A chat with a question, open at the panel."""
    made = live.chat()
    live.write(made, "Здравствуйте!")
    panel.open(made)
    panel.bubble("Здравствуйте!").wait_for()
    return made


def png() -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (11, 110, 93)).save(file, "png")
    return file.getvalue()


def sent(live: Live, chat: str) -> list[str]:
    """What Avito says we wrote in a chat, oldest first: texts, and types of the rest."""
    told = live.run(live.system.avito.truth)["chats"]
    messages = next(one["messages"] for one in told if one["id"] == chat)[::-1]
    return [str(one["content"].get("text", one["type"])) for one in messages if one["direction"] == "out"]


def test_a_reply_is_queued_then_sent_on_its_bubble_and_at_avito_once(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    live.run(live.system.avito.strike, "send", delay_s=1.0, count=1)
    panel.answer("Да, ещё в продаже")

    panel.page.locator('[data-state="queued"], [data-state="sending"]').wait_for()
    expect(panel.sent("Да, ещё в продаже")).to_be_visible()
    expect(panel.field).to_have_value("")
    assert sent(live, chat) == ["Да, ещё в продаже"]


def test_an_event_that_overtakes_the_gateways_answer_takes_no_reply_back(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    def answer_late(route: Route) -> None:
        answer = route.fetch()
        panel.sent("быстрый ответ").wait_for()
        route.fulfill(response=answer)

    panel.page.route(re.compile("/messages$"), answer_late)
    posted = panel.fetches()
    with panel.page.expect_response(re.compile("/messages$")):
        panel.answer("быстрый ответ")

    expect(panel.page.locator(".toast")).to_have_count(0)
    assert not [url for url in posted if url.endswith("/cancel")]
    assert sent(live, chat) == ["быстрый ответ"]


def test_enter_sends_and_shift_enter_begins_a_line_unless_set_otherwise(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    panel.field.press_sequentially("одна")
    panel.field.press("Shift+Enter")
    panel.field.press_sequentially("две")
    panel.field.press("Enter")
    panel.bubble("одна").wait_for()

    panel.page.get_by_role("button", name="Настройки").click()
    panel.page.locator("[name=sendWith]").select_option("Ctrl + Enter")
    panel.page.keyboard.press("Escape")
    panel.field.press_sequentially("три")
    panel.field.press("Enter")
    panel.field.press_sequentially("четыре")
    panel.field.press("Control+Enter")
    panel.sent("четыре").wait_for()

    assert sent(live, chat) == ["одна\nдве", "три\nчетыре"]


def test_the_enter_that_ends_an_input_methods_composition_sends_nothing(
    panel: OperatorPanel, chat: str
) -> None:
    panel.field.fill("при")
    panel.field.evaluate("""(field) => field.dispatchEvent(
        new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true }))""")

    expect(panel.field).to_have_value("при")
    panel.field.fill("")


def test_a_draft_per_chat_survives_a_reload(panel: OperatorPanel, chat: str, live: Live) -> None:
    other = live.chat()
    live.write(other, "в другом чате")
    panel.field.fill("недописанное")
    panel.open(other)
    expect(panel.field).to_have_value("")
    expect(panel.row(chat)).to_contain_text("Черновик: недописанное")

    panel.page.reload()
    panel.open(chat)

    expect(panel.field).to_have_value("недописанное")


def test_above_a_thousand_characters_the_counter_warns_and_nothing_is_sent(
    panel: OperatorPanel, chat: str
) -> None:
    panel.field.fill("я" * 1001)

    expect(panel.page.locator(".counter.trouble")).to_have_text("1001 / 1000")
    expect(panel.page.get_by_role("button", name="Отправить")).to_be_disabled()
    panel.field.press("Enter")
    expect(panel.field).to_have_value("я" * 1001)
    panel.field.fill("🙂" * 1000)
    expect(panel.page.get_by_role("button", name="Отправить")).to_be_enabled()
    panel.field.fill("")


def test_a_pasted_picture_is_shown_small_and_sent(panel: OperatorPanel, chat: str, live: Live) -> None:
    panel.field.evaluate(PASTE, base64.b64encode(png()).decode())
    expect(panel.page.get_by_alt_text("scratch.png")).to_be_visible()
    panel.field.press("Enter")

    expect(panel.page.locator(".bubble.out img")).to_be_visible()
    eventually(lambda: sent(live, chat) == ["image"])


def test_a_chosen_picture_can_be_taken_out_and_what_is_no_picture_is_refused(
    panel: OperatorPanel, chat: str
) -> None:
    chooser = panel.page.locator("input[type=file]")
    chooser.set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": png()})
    panel.page.get_by_role("button", name="Убрать a.png").click()
    expect(panel.page.locator(".attached")).to_have_count(0)
    chooser.set_input_files({"name": "evil.png", "mimeType": "image/png", "buffer": b"<svg onload=alert(1)>"})

    expect(panel.page.locator(".toast.bad")).to_contain_text("evil.png: подойдут JPEG")


def test_pictures_that_are_still_being_read_when_enter_is_pressed_leave_all_the_same(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    panel.page.evaluate(SLOW_DISK)
    files = [
        {"name": f"{number}.png", "mimeType": "image/png", "buffer": png() + bytes(number)}
        for number in range(3)
    ]
    panel.page.locator("input[type=file]").set_input_files(files)  # type: ignore[arg-type]
    panel.answer("вот три")
    expect(panel.page.locator(".bubble.out")).to_have_count(0)

    panel.page.evaluate("window.spin()")

    eventually(lambda: sent(live, chat) == ["image", "image", "image", "вот три"])
    expect(panel.page.locator(".attached")).to_have_count(0)


def test_pictures_that_are_read_when_another_chat_is_open_wait_in_their_own(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    other = live.chat()
    live.write(other, "другой чат")
    panel.page.evaluate(SLOW_DISK)
    file = {"name": "a.png", "mimeType": "image/png", "buffer": png()}
    panel.page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    panel.answer("для первого")
    panel.open(other)
    panel.bubble("другой чат").wait_for()

    panel.page.evaluate("window.spin()")

    panel.open(chat)
    expect(panel.page.get_by_alt_text("a.png")).to_be_visible()
    expect(panel.field).to_have_value("для первого")
    assert sent(live, chat) == sent(live, other) == []
    panel.field.fill("")
    panel.page.get_by_role("button", name="Убрать a.png").click()


def test_an_upload_that_nobody_answers_is_tried_again_and_the_text_behind_it_follows(
    context: BrowserContext, chat: str, live: Live
) -> None:
    stuck: list[Route] = []

    def take_the_first(route: Route) -> None:
        if stuck:
            route.continue_()
        else:
            stuck.append(route)

    context.add_init_script(IMPATIENT)
    with panel_in(context, live) as panel:
        panel.go(f"#/chat/{chat}")
        panel.page.route(re.compile("/images$"), take_the_first)
        panel.field.evaluate(PASTE, base64.b64encode(png()).decode())
        expect(panel.page.get_by_alt_text("scratch.png")).to_be_visible()
        panel.field.press("Enter")
        panel.answer("после картинки")

        panel.sent("после картинки").wait_for()
        assert sent(live, chat) == ["image", "после картинки"]


def test_leaving_the_page_asks_while_a_picture_is_attached(panel: OperatorPanel, chat: str) -> None:
    panel.field.evaluate(PASTE, base64.b64encode(png()).decode())
    expect(panel.page.get_by_alt_text("scratch.png")).to_be_visible()
    panel.field.click()
    with panel.page.expect_event("dialog") as asked:
        panel.page.once("dialog", lambda dialog: dialog.dismiss())
        panel.page.evaluate("setTimeout(() => location.reload())")

    assert asked.value.type == "beforeunload"
    expect(panel.page.get_by_alt_text("scratch.png")).to_be_visible()
    panel.page.get_by_role("button", name="Убрать scratch.png").click()


def test_two_tabs_keep_each_others_drafts_and_bring_no_sent_text_back(
    context: BrowserContext, live: Live
) -> None:
    chat, other = live.chat(), live.chat()
    for made in (chat, other):
        live.write(made, "вопрос")
    with panel_in(context, live) as one, panel_in(context, live) as two:
        for panel, open_chat in ((one, chat), (two, other)):
            panel.go(f"#/chat/{open_chat}")
            panel.bubble("вопрос").wait_for()
        one.field.fill("Да, отдам за 5000")
        expect(two.row(chat)).to_contain_text("Черновик: Да, отдам за 5000")
        one.field.press("Enter")
        one.sent("Да, отдам за 5000").wait_for()
        two.field.fill("Завтра")
        one.field.fill("новый")
        two.field.press_sequentially(" утром")
        one.page.reload()

        expect(one.field).to_have_value("новый")
        expect(one.row(other)).to_contain_text("Черновик: Завтра утром")


def test_what_avito_refuses_is_marked_with_the_reason_and_can_be_edited(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    live.run(live.system.avito.strike, "send", status=402, count=1)
    panel.answer("платно")

    failed = panel.page.locator('[data-state="failed"]')
    expect(failed).to_contain_text("Не отправлено")
    expect(failed).to_contain_text("Тариф Avito")
    failed.get_by_role("button", name="Изменить").click()
    expect(panel.field).to_have_value("платно")
    panel.field.press("Enter")

    panel.sent("платно").wait_for()


def test_the_mark_of_a_refused_reply_stands_on_the_line_of_the_last_words(
    panel: OperatorPanel, chat: str
) -> None:
    refusal = {"error": {"code": "answered", "message": "anna answered a moment ago.", "operator": "anna"}}
    panel.page.route("**/messages", lambda route: route.fulfill(status=409, json=refusal))
    panel.answer("опоздал")
    panel.page.locator('[data-state="rejected"]').wait_for()
    panel.page.evaluate("location.hash = '#/'")

    words = panel.row(chat).locator(".words")
    expect(words).to_have_text("Не отправлено: опоздал")
    height, least = words.evaluate("(it) => [it.clientHeight, it.querySelector('bdi').offsetHeight]")
    assert height - least <= 2


def test_an_english_panel_says_in_english_why_a_reply_failed(
    context: BrowserContext, chat: str, live: Live
) -> None:
    context.add_init_script(settings(lang="en"))
    live.run(live.system.avito.strike, "send", status=400, body='{"error": {"message": "too rude"}}', count=1)
    with panel_in(context, live) as panel:
        panel.go(f"#/chat/{chat}")
        panel.answer("rude")

        failed = panel.page.locator('[data-state="failed"]')
        expect(failed).to_contain_text("Avito does not accept this message. Avito says: too rude")


def test_a_refusal_of_the_servers_is_told_in_the_operators_language(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    live.run(live.system.avito.strike, "blacklist", status=402, count=1)
    panel.page.get_by_role("button", name="Заблокировать покупателя").click()
    dialog = panel.page.get_by_role("dialog")
    dialog.get_by_label("Спам").check()
    dialog.get_by_role("button", name="Заблокировать").click()

    expect(panel.page.locator(".toast.bad")).to_contain_text("Тариф Avito этого не даёт.")


def test_trouble_that_passes_makes_the_reply_wait_and_it_can_be_cancelled(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    live.run(live.system.avito.strike, "send", status=429, headers={"Retry-After": "3"})
    panel.answer("подожду")
    waiting = panel.bubble("подожду")

    expect(waiting).to_contain_text("Avito просит подождать")
    waiting.get_by_role("button", name="Отмена").click()

    expect(waiting).to_have_count(0)
    expect(panel.field).to_have_value("подожду")
    live.run(live.system.avito.calm)
    assert sent(live, chat) == []


def test_a_reply_survives_a_reload_while_the_server_is_away(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    panel.page.route(re.compile("/messages$"), lambda route: route.abort())
    panel.answer("дойдёт позже")
    expect(panel.bubble("дойдёт позже")).to_contain_text("Сервер не отвечает")
    panel.page.unroute_all()

    panel.page.reload()

    panel.sent("дойдёт позже").wait_for()
    assert sent(live, chat) == ["дойдёт позже"]


def test_an_answer_is_taken_back_though_the_code_for_that_comes_at_the_second_try(
    panel: OperatorPanel, chat: str, live: Live
) -> None:
    panel.page.route(re.compile("/messages$"), lambda route: route.abort())
    panel.page.route(re.compile("/unsent.js$"), lambda route: route.abort(), times=1)
    panel.answer("передумал")
    waiting = panel.bubble("передумал")
    expect(waiting).to_contain_text("Сервер не отвечает")

    waiting.get_by_role("button", name="Отмена").click()

    expect(panel.field).to_have_value("передумал", timeout=20_000)
    expect(waiting).to_have_count(0)
    assert sent(live, chat) == []


def test_deleting_asks_first_and_shows_the_message_as_deleted(panel: OperatorPanel, chat: str) -> None:
    panel.answer("ошибся")
    mine = panel.bubble("ошибся")
    panel.sent("ошибся").wait_for()
    mine.hover()
    mine.get_by_role("button", name="Удалить сообщение").click()
    dialog = panel.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Удалить сообщение?")
    dialog.get_by_role("button", name="Отмена").click()
    expect(mine).to_be_visible()

    mine.get_by_role("button", name="Удалить сообщение").click()
    dialog.get_by_role("button", name="Удалить").click()

    expect(panel.page.locator(".bubble.out")).to_have_text(re.compile("Сообщение удалено"))


def blocked(live: Live) -> int:
    """How often Avito was asked to block somebody."""
    return sum(call["operation"] == "blacklist" for call in live.run(live.system.avito.calls))


def test_blocking_a_buyer_asks_first_with_avitos_reasons(panel: OperatorPanel, chat: str, live: Live) -> None:
    before = blocked(live)
    panel.page.get_by_role("button", name="Заблокировать покупателя").click()
    dialog = panel.page.get_by_role("dialog")
    expect(dialog.get_by_role("radio")).to_have_count(4)
    dialog.get_by_role("button", name="Заблокировать").click()
    expect(dialog).to_be_visible()  # no reason was chosen
    dialog.get_by_label("Мошенничество").check()
    dialog.get_by_role("button", name="Заблокировать").click()

    expect(panel.page.locator(".toast")).to_contain_text("Покупатель заблокирован")
    assert blocked(live) == before + 1


def test_a_chat_is_read_at_avito_once_a_person_has_opened_it(context: BrowserContext, live: Live) -> None:
    chat = live.chat()
    live.write(chat, "прочитайте меня")
    with panel_in(context, live) as panel:
        panel.go()
        expect(panel.row(chat).locator(".count")).to_have_text("1")
        panel.open(chat)

        expect(panel.row(chat).locator(".count")).to_have_count(0)
    eventually(lambda: [call for call in live.run(live.system.avito.calls) if call["operation"] == "read"])


def test_colleagues_see_who_types_in_a_chat(
    browser: Browser, panel: OperatorPanel, chat: str, live: Live
) -> None:
    """The same operator on two devices is no colleague: this one has another name."""
    context = browser.new_context()
    context.route_web_socket("**/ws*", as_somebody_else)
    with panel_in(context, live) as colleague:
        log_in(colleague.page, live.panel)
        colleague.becomes("live")
        panel.field.press_sequentially("сейчас")

        expect(colleague.row(chat)).to_contain_text("olga пишет…")
    context.close()


def as_somebody_else(ws: WebSocketRoute) -> None:
    """Let the panel believe that another operator has logged in."""
    server = ws.connect_to_server()

    def pass_on(message: str | bytes) -> None:
        frame = json.loads(message)
        ws.send(json.dumps(frame | {"operator": "ivan"} if frame["type"] == "hello" else frame))

    server.on_message(pass_on)
