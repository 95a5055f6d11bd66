"""Every kind of message that the wire knows has all that the panel needs to show it."""

import json
import re

import pytest

from tests.browser.panel_core.conftest import STATIC, Panel
from tests.contract.shapes import CONTENTS

pytestmark = pytest.mark.browser

UNKNOWN = "hologram"
ICONS = {
    prefix + name
    for file, prefix in (("icons.svg", ""), ("lazy.svg", "lazy.svg#"))
    for name in re.findall(r'<\w+ id="(\w+)"', (STATIC / file).read_text())
}
# What Avito sends, and what the panel makes of it where that is a kind of its own.
CASES = [(type_, {"type": type_, "content": content}) for type_, content in CONTENTS.items()]
CASES += [
    ("call", {"type": "call", "content": {"call": {"status": "accepted"}}}),
    ("stub", {"type": "text", "content": {"text": "Перейдите на подписку с API мессенджера"}}),
]
DRAWN = """
    const { translator } = await import('/core/format.js');
    const { preview, kindOf, KINDS } = await import('/core/messages.js');
    const { render } = await import('/vendor/lit-html/lit-html.js');
    const lines = {};
    for (const lang of ['ru', 'en']) {
        const words = await Promise.all(
            ['panel', 'lazy'].map((name) => import(`/words/${name}/${lang}.js`)),
        );
        const app = {
            t: translator(lang, words.map(({ WORDS }) => WORDS)), do: {}, now: () => 0, schedule() {},
            async loadWords() {},
        };
        const place = document.createElement('div');
        const message = { id: 'm', chat_id: 'c', direction: 'in', created: 0, ...value };
        const until = Date.now() + 3000;
        do {
            render(m.body(app, message), place);
            await new Promise((resolve) => setTimeout(resolve, 10));
        } while (!place.firstElementChild && Date.now() < until);
        lines[lang] = [preview(message, app.t), place.textContent.trim() || place.querySelector('img')?.alt];
    }
    const kind = kindOf({ ...value });
    return { kind, entry: JSON.parse(JSON.stringify(KINDS[kind])), lines };
"""


@pytest.mark.parametrize(("type_", "message"), CASES, ids=[json.dumps(one)[:60] for _, one in CASES])
def test_a_kind_has_words_in_both_languages_an_icon_and_a_view(
    panel: Panel, type_: str, message: dict[str, object]
) -> None:
    panel.page.goto(panel.origin)  # its list of files: a page of HTML, where templates can be drawn
    panel.page.route("**/static/styles/*.css", lambda route: route.fulfill(body=""))
    shown = panel.ask("views/message.js", DRAWN, message)

    assert shown["kind"] != "unknown" or type_ == UNKNOWN, f"{type_} is missing in KINDS of core/messages.js"
    assert shown["entry"].get("icon") in ICONS | {None}
    for lang, (line, drawn) in shown["lines"].items():
        assert line, lang
        assert not line.startswith("type."), f"{type_} has no words in words/panel/{lang}.js"
        assert drawn, f"{type_} is not drawn in {lang}"


def test_the_table_holds_no_kind_that_is_never_sent(panel: Panel) -> None:
    kinds = panel.ask(
        "core/messages.js",
        "return Object.entries(m.KINDS).filter(([, one]) => !one.derived).map(([name]) => name)",
    )

    assert set(kinds) == set(CONTENTS) - {UNKNOWN}
