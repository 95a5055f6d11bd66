"""That both colour schemes can be read, and that pages name only what is there."""

import re
from html.parser import HTMLParser

import pytest

from tests.browser.panel_core.conftest import STATIC, Panel

pytestmark = pytest.mark.browser

PAGES = STATIC.parent / "pages"
AA_TEXT = 4.5
PAIRS = [
    (ink, ground)
    for ink in ("ink", "ink-2", "accent", "bad", "warn")
    for ground in ("page", "surface", "raised", "accent-soft")
] + [("on-accent", "accent"), ("bad", "bad-soft"), ("surface", "ink"), ("surface", "bad")]


def test_no_element_of_a_page_has_script_or_style_of_its_own() -> None:
    class Finder(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: list[str] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            names = {name for name, _ in attrs}
            if tag == "style" or "style" in names:
                self.found.append(tag)
            self.found += [name for name in names if name.startswith("on")]

    for page in PAGES.glob("*.html"):
        finder = Finder()
        finder.feed(page.read_text())
        assert finder.found == []


def test_no_page_is_translated_by_the_browser() -> None:
    """A translator puts its own elements in place of texts; what is drawn into those later is never seen."""
    tags = {
        page.name: page.read_text().partition("<html")[2].partition(">")[0] for page in PAGES.glob("*.html")
    }

    assert [name for name, tag in tags.items() if 'translate="no"' not in tag] == []


def test_no_module_or_style_is_named_that_does_not_exist() -> None:
    for page in PAGES.glob("*.html"):
        for name in re.findall(r'(?:src|href)="static/([^"]+)"', page.read_text()):
            for lang in ("ru", "en"):
                assert (STATIC / name.replace("{{lang}}", lang)).is_file(), name


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_enough_contrast(panel: Panel, scheme: str) -> None:
    script = """
        ([scheme, css, pairs]) => {
            const doc = document.implementation.createHTMLDocument('');
            const frame = document.createElementNS('http://www.w3.org/1999/xhtml', 'iframe');
            document.documentElement.append(frame);
            const page = frame.contentDocument;
            page.documentElement.dataset.theme = scheme;
            page.head.append(Object.assign(page.createElement('style'), { textContent: css }));
            const colour = (name) => {
                page.body.style.color = `var(--${name})`;
                return getComputedStyle(page.body).color.match(/[\\d.]+/g).slice(0, 3).map(Number);
            };
            const part = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
            const light = (rgb) => [0.2126, 0.7152, 0.0722].reduce((sum, w, n) => sum + w * part(rgb[n]), 0);
            const ratio = (a, b) => {
                const [x, y] = [light(colour(a)), light(colour(b))].sort((p, q) => q - p);
                return (x + 0.05) / (y + 0.05);
            };
            const ratios = pairs.map(([a, b]) => [a, b, ratio(a, b)]);
            frame.remove();
            return ratios;
        }
    """
    css = (STATIC / "styles" / "base.css").read_text()
    ratios = panel.page.evaluate(script, [scheme, css, [list(pair) for pair in PAIRS]])

    assert [row for row in ratios if row[2] < AA_TEXT] == []


def test_the_vendored_library_comes_with_its_licence() -> None:
    vendor = STATIC / "vendor" / "lit-html"

    assert "BSD 3-Clause" in (vendor / "LICENSE").read_text()
