"""A page that does not load whole says so in a line and comes by itself."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from testbed import Live, eventually, live_system
from tests.browser.operator_panel import HASTE, settings

pytestmark = pytest.mark.browser

NOTE = "Загрузилось не всё"
AWAY = "Сервер не отвечает."


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Live]:
    """A gateway without a worker."""
    with live_system(tmp_path_factory.mktemp("loading"), "gateway") as running:
        yield running


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of an operator who has logged in."""
    return context.new_page()


def refuse(page: Page, file: str, times: int | None = None) -> None:
    """Answer requests for a file as a proxy does whose gateway is away."""
    page.route(re.compile(file), lambda route: route.fulfill(status=503, body="away"), times=times)


def has_its_styles(page: Page) -> None:
    """Wait until the page is drawn with them."""
    expect(page.locator("body")).to_have_css("margin-top", "0px")


@pytest.mark.parametrize(
    ("path", "file"),
    [("", "static/main.js"), ("", "words/panel/ru.js"), ("", "panel.css"), ("owner", "base.css")],
)
def test_a_page_one_of_whose_files_fails_comes_by_itself(
    page: Page, live: Live, path: str, file: str
) -> None:
    refuse(page, file, times=2 if "words" in file else 1)  # a preloaded one is asked for again

    page.goto(live.panel + path)

    expect(page.get_by_role("alert").filter(has_text=NOTE)).to_be_visible()
    expect(page.locator("main")).to_be_visible()
    expect(page.get_by_text(NOTE)).to_have_count(0)
    has_its_styles(page)


def test_what_an_extension_adds_neither_reloads_a_page_nor_hides_that_it_is_blank(
    page: Page, live: Live
) -> None:
    add = """document.addEventListener('DOMContentLoaded', () => {
        document.body.appendChild(document.createElement('div')).append(document.createElement('i'));
        const style = { rel: 'stylesheet', href: 'http://127.0.0.1:1/fonts.css' };
        document.head.append(Object.assign(document.createElement('link'), style));
        setTimeout(() => { throw new Error('not ours'); });
    })"""
    page.add_init_script(add)
    page.add_init_script(HASTE)
    refuse(page, "static/app.js")
    visits: list[str] = []
    page.on(
        "request", lambda request: visits.append(request.url) if request.is_navigation_request() else None
    )

    page.goto(live.panel)
    expect(page.get_by_text(NOTE)).to_be_visible()
    page.unroute_all()

    expect(page.locator(".bar")).to_be_visible()
    seen = len(visits)
    page.evaluate("setTimeout(() => document.title = 'later', 15_500)")  # once more than the watch waits
    expect(page).to_have_title(re.compile("later"))
    assert len(visits) == seen
    assert page.locator("link[href*=fonts]").count() == 1


def test_a_page_of_two_versions_comes_by_itself(page: Page, live: Live) -> None:
    other = {"body": "export const other = 1;", "content_type": "text/javascript"}
    page.route("**/core/store.js", lambda route: route.fulfill(**other), times=1)

    page.goto(live.panel)

    expect(page.get_by_text(NOTE)).to_be_visible()
    expect(page.locator(".bar")).to_be_visible()


@pytest.mark.parametrize("file", ["core/store.js", "panel.css"])
def test_a_file_that_never_comes_holds_a_page_up_for_seconds_only(page: Page, live: Live, file: str) -> None:
    held: list[Route] = []
    page.add_init_script(HASTE)
    page.route(f"**/{file}", lambda route: held.append(route), times=1)  # noqa: PLW0108 - Playwright asks a function for its arguments

    page.goto(live.panel, wait_until="commit")

    expect(page.locator(".bar")).to_be_visible()
    has_its_styles(page)
    assert len(held) == 1


def test_a_page_whose_gateway_died_waits_for_it_and_comes_when_it_is_back(
    browser: Browser, context: BrowserContext, live: Live
) -> None:
    visits: list[str] = []

    def visited(request: Request) -> None:
        if request.is_navigation_request():
            visits.append(request.url)

    def away(route: Route) -> None:
        """Also what the page asks before it loads anew: that must not be under way when the gateway dies."""
        if route.request.is_navigation_request():
            route.continue_()
        else:
            route.abort("connectionrefused")

    def cut(page: Page) -> Page:
        page.route("**/*", away)
        page.on("request", visited)
        return page

    panel, login = cut(context.new_page()), cut(browser.new_page())
    panel.add_init_script(settings(lang="en"))
    panel.goto(live.panel)
    login.goto(f"{live.panel}login")
    live.run(live.system.kill, "gateway")
    for page, words in ((panel, "Not all has loaded"), (login, NOTE)):
        page.unroute_all()
        expect(page.get_by_text(words)).to_be_visible()
    with panel.expect_event("requestfailed"):
        pass  # it has asked once more
    visited_while_away = len(visits)
    live.run(live.system.start, "gateway")

    expect(panel.locator(".bar")).to_be_visible()
    has_its_styles(login)
    assert visited_while_away == 2
    login.close()


def test_what_was_typed_at_the_login_is_not_lost_to_another_try(browser: Browser, live: Live) -> None:
    page, looks = browser.new_page(), list[Route]()

    def hold_looks(route: Route) -> None:
        if route.request.is_navigation_request():
            route.continue_()
        else:
            looks.append(route)

    def has_looked(times: int) -> bool:
        page.evaluate("0")  # else Playwright calls no handler
        return len(looks) == times

    page.add_init_script(HASTE)
    page.route("**/login", hold_looks)
    refuse(page, "login.css", times=1)
    page.goto(f"{live.panel}login")
    name = page.locator("[name=username]")
    name.fill("vera")
    eventually(lambda: has_looked(1))
    looks[0].continue_()
    eventually(lambda: has_looked(2))
    expect(name).to_have_value("vera")

    name.fill("")
    looks[1].continue_()

    expect(page.get_by_text(NOTE)).to_have_count(0)
    has_its_styles(page)
    page.close()


def test_what_is_fetched_later_says_that_it_failed_and_comes_by_itself(page: Page, live: Live) -> None:
    page.goto(live.panel)
    page.locator(".bar").wait_for()
    for file in ("dialogs.js", "styles/lazy.css", "words/panel/en.js"):
        refuse(page, file, times=1)
    page.get_by_role("button", name="Настройки").click()
    expect(page.locator(".toast")).to_have_text(AWAY)
    expect(page.get_by_role("dialog")).to_be_visible()

    page.locator("[name=lang]").select_option("English")
    expect(page.get_by_role("dialog")).to_contain_text("Language")


@pytest.mark.parametrize(
    ("path", "read", "shown"),
    [
        ("", "api/chats", ".welcome"),
        ("owner", "api/owner/operators", "[data-operator=olga]"),
        ("quick-replies", "api/quick-replies", ".deeds"),
        ("coach", "api/hours", "main section"),
    ],
)
def test_a_first_read_that_fails_is_made_again_until_it_succeeds(
    page: Page, live: Live, path: str, read: str, shown: str
) -> None:
    refuse(page, read)
    page.goto(live.panel + path)
    expect(page.get_by_text("Список чатов не загрузился." if not path else AWAY).first).to_be_visible()

    page.unroute_all()

    expect(page.locator(f"body {shown}").first).to_be_visible()
