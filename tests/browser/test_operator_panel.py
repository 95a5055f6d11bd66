"""A login that fails in a test says why."""

import pytest
from playwright.sync_api import Page, Route

from tests.browser.operator_panel import log_in

pytestmark = pytest.mark.browser
PANEL = "http://panel.test/"
FORM = """<form method="post" action="/login"><input name="username"><input name="password">
<p class="error">{error}</p><button class="primary">Sign in</button></form>"""


def answer_with(page: Page, panel: str) -> None:
    """Answer a login with this page; the form comes before."""

    def answer(route: Route) -> None:
        body = panel if route.request.method == "POST" else FORM.format(error="")
        route.fulfill(body=body, content_type="text/html")

    page.route(f"{PANEL}**", answer)


def test_a_login_that_is_refused_fails_with_the_words_of_the_form(chromium_page: Page) -> None:
    answer_with(chromium_page, FORM.format(error="Wrong name or password."))

    with pytest.raises(AssertionError, match=r"http://panel\.test/login: Wrong name or password"):
        log_in(chromium_page, PANEL)


def test_a_panel_that_draws_nothing_fails_with_what_was_not_loaded(chromium_page: Page) -> None:
    answer_with(chromium_page, '<p>Loading</p><script src="/static/main.js"></script>')
    chromium_page.route(f"{PANEL}static/**", lambda route: route.abort())
    chromium_page.set_default_timeout(1_000)

    with pytest.raises(AssertionError, match=r"login shows 'Loading'; not loaded: .*static/main\.js"):
        log_in(chromium_page, PANEL)


def test_a_login_that_leads_to_the_panel_is_fine(chromium_page: Page) -> None:
    answer_with(chromium_page, '<div class="bar">All chats</div>')

    log_in(chromium_page, PANEL)
