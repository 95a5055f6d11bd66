"""How strangers' texts, times and messages are put into words."""

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Route

from shared.avito_state import AvitoTrouble
from tests.browser.odd_contents import MESSAGES
from tests.browser.panel_core.conftest import STATIC, Panel
from worker.avito.errors import (
    BadKeys,
    BadRequest,
    Forbidden,
    NotFound,
    NotPaid,
    RateLimited,
    Unavailable,
)
from worker.jobs.result import refusal_of
from worker.outbox.outcome import REASONS
from worker.sync.subscription.mode import Code

pytestmark = pytest.mark.browser


def parts(panel: Panel, text: str) -> list[dict[str, str]]:
    answer: list[dict[str, str]] = panel.ask("core/links.js", "return m.linkParts(value)", text)
    return answer


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("см. https://example.test/a.", "https://example.test/a"),
        ("(www.example.test)", "https://www.example.test/"),
        ("https://example.test/wiki/A_(b)", "https://example.test/wiki/A_(b)"),
    ],
)
def test_addresses_in_a_text_become_links(panel: Panel, text: str, href: str) -> None:
    assert [part["href"] for part in parts(panel, text) if "href" in part] == [href]


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user:secret@bank.test/",
        "https://user@bank.test/",
        "https://:www.bank.test@evil.test/pay",
        "http://",
        "ftp://a.test/",
    ],
)
def test_anything_but_a_plain_web_address_stays_text(panel: Panel, text: str) -> None:
    assert all("href" not in part for part in parts(panel, text))


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=200))
def test_the_parts_of_a_text_are_the_text(panel: Panel, text: str) -> None:
    assert "".join(part["text"] for part in parts(panel, text)) == text


def test_words_that_came_while_others_were_on_their_way_stay(panel: Panel) -> None:
    held = []

    def hold(route: Route) -> None:
        held.append(route)

    panel.page.route("**/words/lazy/ru.js", hold)
    begun = """
        window.lazy = m.loadWords('ru', 'words/lazy');
        return (await m.loadWords('ru', 'features/notes/words'))('note.save');
    """

    first = panel.ask("shell/gateway.js", begun)
    held[0].continue_()
    later = panel.ask("shell/gateway.js", "return (await window.lazy)('note.save')")
    panel.page.unroute("**/words/lazy/ru.js")

    assert first == later != "note.save"


def test_a_host_in_look_alike_letters_is_spelled_out(panel: Panel) -> None:
    ask = "return value.map((one) => m.disguised(new URL(one).href))"

    assert panel.ask("core/links.js", ask, ["https://аpple.com/", "https://apple.com/"]) == [
        "xn--pple-43d.com",
        None,
    ]


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.characters(codec="utf-8"), max_size=300))
def test_a_line_holds_no_breaks_and_nothing_that_reorders_its_surroundings(panel: Panel, text: str) -> None:
    line = panel.ask("core/format.js", "return m.oneLine(value, 50)", text)

    assert len(line) <= 51
    assert not set(line) & set("\n\r\t\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.mark.parametrize("blank", ["\n", " ", "\t\u200e", "\u2028\r"])
def test_a_line_begins_with_the_first_visible_character(panel: Panel, blank: str) -> None:
    assert (
        panel.ask("core/format.js", "return m.oneLine(value)", blank * 700 + "Готов купить!")
        == "Готов купить!"
    )


def test_a_text_is_never_cut_amid_a_letter(panel: Panel) -> None:
    assert panel.ask("core/format.js", "return m.truncate(value, 2)", "я😀") == "я"


RUSSIAN = """
    const { translator } = await import(`${value.origin}/core/format.js`);
    const words = await Promise.all(
        ['panel', 'lazy'].map((name) => import(`${value.origin}/words/${name}/ru.js`)),
    );
    const t = translator('ru', words.map(({ WORDS }) => WORDS));
"""
PREVIEWS: list[tuple[dict[str, Any], str]] = [
    ({"type": "text", "content": {"text": "Добрый\nдень"}}, "Добрый день"),
    ({"type": "system", "content": {"text": "[Системное сообщение] Номер показан"}}, "Номер показан"),
    ({"type": "image", "content": {}}, "Картинка"),
    ({"type": "voice", "content": {}}, "Голосовое сообщение"),
    ({"type": "item", "content": {"item": {"title": "Шлем"}}}, "Объявление: Шлем"),
    ({"type": "link", "content": {"link": {"text": "a.test"}}}, "Ссылка: a.test"),
    ({"type": "location", "content": {"location": {"title": "Тверь"}}}, "Место: Тверь"),
    ({"type": "call", "content": {"call": {"status": "missed"}}}, "Пропущенный звонок"),
    ({"type": "call", "content": {}}, "Звонок"),
    ({"type": "appCall", "content": {}}, "Звонок в приложении Avito"),
    ({"type": "file", "content": {}}, "Файл"),
    ({"type": "video", "content": {}}, "Видео"),
    ({"type": "text", "content": {"text": "x"}, "deleted": True}, "Сообщение удалено"),
    (
        {"type": "text", "content": {"text": "Перейдите на подписку с API мессенджера, чтобы читать"}},
        "Avito скрыл текст: тариф не даёт API мессенджера",
    ),
    ({"type": "hologram", "content": {}}, "Сообщение вида „hologram“"),
    ({"type": "text", "content": None}, "Сообщение без текста"),
    ({"type": "", "content": {}}, "Сообщение неизвестного вида"),
    ({"type": "image", "content": {"text": "деталь", "image": None}}, "Картинка: деталь"),
    ({"type": "file", "content": {"file": {"name": "цены.pdf"}}}, "Файл: цены.pdf"),
]


OURS = {"direction": "out", "author_id": 301, "content": {"text": "x"}}
BY_BOT = OURS | {"content": {"text": "x", "flow_id": "sbc"}}
IN_AVITO = OURS | {"own": None}
BY_ANNA, BY_BORIS = OURS | {"own": {"operator": "Анна"}}, OURS | {"own": {"operator": "Борис"}}
AUTOMATIC = OURS | {"own": {"automatic": True}}
BY_BUYER = {"direction": "in", "author_id": 205, "content": {"text": "x"}}
AUTHORS = [BY_BOT, IN_AVITO, BY_ANNA, BY_BORIS, AUTOMATIC, BY_BUYER, BY_BUYER | {"author_id": 206}]


def test_two_messages_are_of_one_author_only_if_the_same_person_or_bot_wrote_both(panel: Panel) -> None:
    script = "return value.map((one) => value.map((other) => m.isSameAuthor(one, other)))"

    same = panel.ask("core/messages.js", script, AUTHORS)

    assert same == [[one == other for other in range(len(AUTHORS))] for one in range(len(AUTHORS))]


@pytest.mark.parametrize(("message", "words"), PREVIEWS, ids=[words for _, words in PREVIEWS])
def test_every_message_type_has_its_line(panel: Panel, message: dict[str, Any], words: str) -> None:
    script = f"""
        {RUSSIAN}
        return m.preview(value.message, t);
    """

    assert panel.ask("core/messages.js", script, {"message": message, "origin": panel.origin}) == words


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_whatever_a_message_holds_its_line_says_something(panel: Panel, lang: str) -> None:
    script = """
        const { translator } = await import('/core/format.js');
        const { WORDS } = await import(`/words/panel/${value.lang}.js`);
        const t = translator(value.lang, [WORDS]);
        return JSON.parse(value.messages).map((message) => m.preview(message, t));
    """

    lines = panel.ask("core/messages.js", script, {"lang": lang, "messages": json.dumps(MESSAGES)})

    assert [line for line in lines if not line.strip() or "[object" in line or "type." in line] == []


def test_the_picture_just_large_enough_is_taken_else_the_largest(panel: Panel) -> None:
    sizes = {"1280x960": "https://p.test/3", "140x105": "https://p.test/1", "640x480": "https://p.test/2"}
    script = "return [480, 5000].map((width) => m.pickPicture(value, width).url)"

    assert panel.ask("core/links.js", script, sizes) == ["https://p.test/2", "https://p.test/3"]


def test_own_messages_can_be_deleted_within_the_hour_only(panel: Panel) -> None:
    own = {"type": "text", "direction": "out", "created": 1000}
    script = "return [m.isDeletable(value, 4599), m.isDeletable(value, 4600)]"

    assert panel.ask("core/messages.js", script, own) == [True, False]


@pytest.mark.parametrize(
    ("head", "size", "problem"),
    [
        (b"\xff\xd8\xff\xe0", 10, None),
        (b"\x89PNG\r\n", 10, None),
        (b"GIF89a", 10, None),
        (b"BM1234", 10, None),
        (b"\0\0\0\x18ftypheic", 10, None),
        (b"%PDF-1.7 ...", 10, "picture.kind"),
        (b"\xff\xd8\xff", 24 * 1024 * 1024 + 1, "picture.large"),
    ],
    ids=["jpeg", "png", "gif", "bmp", "heic", "pdf", "too large"],
)
def test_pictures_are_told_by_their_first_bytes(
    panel: Panel, head: bytes, size: int, problem: str | None
) -> None:
    value = [size, list(head)]

    assert panel.ask("views/media.js", "return m.pictureProblem(...value)", value) == problem


@pytest.mark.parametrize(
    ("n", "words"), [(1, "Дочитано 1 сообщение"), (3, "Дочитано 3 сообщения"), (11, "Дочитано 11 сообщений")]
)
def test_counts_take_their_russian_form(panel: Panel, n: int, words: str) -> None:
    script = f"{RUSSIAN} return t('mode.recovered', {{ n: value.n }})"

    assert panel.ask("core/format.js", script, {"n": n, "origin": panel.origin}) == words


FOLDERS = sorted(path.parent.relative_to(STATIC).as_posix() for path in STATIC.rglob("words/**/ru.js"))
FLAT = """
    const forms = (entry) => (typeof entry === 'string' ? [entry] : Object.values(entry));
    const named = (text) => text.match(/\\{\\w+\\}/g) ?? [];
    const places = (entry) => [...new Set(forms(entry).flatMap(named))].sort();
    const isWord = (entry) => typeof entry === 'string' || 'other' in entry;
    const flat = (words, path = '') => Object.entries(words).flatMap(([name, entry]) =>
        isWord(entry) ? [[path + name, places(entry)]] : flat(entry, `${path}${name}.`));
    return flat(m.WORDS);
"""


def word_keys(panel: Panel, lang: str, folder: str) -> dict[str, list[str]]:
    """The keys of a folder's words, with the places each has."""
    return dict(panel.ask(f"{folder}/{lang}.js", FLAT))


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_word_stands_in_both_languages_with_the_same_places(panel: Panel, folder: str) -> None:
    assert word_keys(panel, "ru", folder) == word_keys(panel, "en", folder)


def test_every_code_of_the_worker_has_its_words(panel: Panel) -> None:
    known = set(word_keys(panel, "ru", "words/lazy"))
    modes = {f"polling.{code}" for code in (*get_args(Code), *get_args(AvitoTrouble)) if code}
    troubles = {f"trouble.{code}" for code in REASONS}
    errors = [NotPaid(""), Forbidden(""), NotFound(""), BadRequest(""), BadKeys("")]
    later = [RateLimited("", retry_after=1), Unavailable("")]
    refusals = {f"refused.{refusal_of(error).code}" for error in (*errors, *later)}

    assert modes | troubles | refusals <= known


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (
            {"code": "gave_up", "reason": "Не удалось отправить за сутки."},
            "It could not be sent within a day.",
        ),
        (
            {"code": "bad_request", "reason": "…", "detail": "too rude"},
            "Avito does not accept this message. Avito says: too rude",
        ),
        ({"code": "weather", "reason": "The server's own words."}, "The server's own words."),
        ({"code": None, "reason": None}, None),
    ],
    ids=["a known code", "with Avito's words", "an unknown code", "no trouble"],
)
def test_a_code_is_put_into_the_operators_language_else_the_servers_words_stand(
    panel: Panel, trouble: dict[str, Any], words: str | None
) -> None:
    script = """
        const { translator } = await import(`${value.origin}/core/format.js`);
        const { WORDS } = await import(`${value.origin}/words/lazy/en.js`);
        return m.codeWords(translator('en', [WORDS]), 'trouble', value.trouble);
    """

    assert panel.ask("core/codes.js", script, {"trouble": trouble, "origin": panel.origin}) == words


def test_the_words_of_each_folder_are_there_in_both_languages() -> None:
    english = {path.parent.relative_to(STATIC).as_posix() for path in STATIC.rglob("words/**/en.js")}

    assert sorted(english) == FOLDERS
    assert {"words/panel", "words/lazy", "features/notes/words"} <= english


def test_no_view_asks_for_a_word_that_is_missing(panel: Panel) -> None:
    words = {key for folder in FOLDERS for key in word_keys(panel, "ru", folder)}
    script = (
        "return [...value.matchAll(/[^.\\w]t\\(\\s*(?:\\w+ \\? )?'([\\w.-]+)'/g)].map((found) => found[1])"
    )
    source = "\n".join(
        path.read_text() for path in STATIC.rglob("*.js") if not {"vendor", "owner"} & {*path.parts}
    )
    asked: list[str] = panel.page.evaluate(f"value => {{ {script} }}", source)

    assert sorted(set(asked) - words) == []


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_midnight_begins_a_day_in_a_browser_that_counts_to_24_too(panel: Panel, lang: str) -> None:
    script = """
        const Now = Intl.DateTimeFormat;
        Intl.DateTimeFormat = function Older(lang, { hour12, ...options }) {
            return new Now(lang, hour12 === false ? { ...options, hourCycle: 'h24' } : options);
        };
        const at = new Date(2026, 10, 22, 0, 5).getTime() / 1000;
        try {
            return [m.clock(at, value), m.fullDate(at, value)];
        } finally {
            Intl.DateTimeFormat = Now;
        }
    """

    clock, full = panel.ask(f"core/format.js?{lang}", script, lang)

    assert clock == "00:05"
    assert "00:05:00" in full
