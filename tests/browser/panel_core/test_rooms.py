"""Which room of the panel's files may import which, and what the first page asks for."""

import re

from tests.browser.panel_core.conftest import STATIC

PAGE = (STATIC.parent / "pages" / "panel.html").read_text()
STATEMENT = re.compile(r"^(?:import|export)\b[^'\"]*?from '(\.[^']+)';", re.MULTILINE)
EXPRESSION = re.compile(r"import\('(\.[^']+)'\)")
MAY_IMPORT = {
    "core": {"core"},
    "shell": {"core", "shell"},
    "views": {"core", "shell", "views", "vendor"},
    "owner": {"core", "shell", "views", "owner"},
    "features": {"core", "shell", "views", "vendor"},
    "app.js": {"core", "shell", "views"},
    "main.js": {"app.js", "core", "shell", "views", "features"},
}


def modules() -> list[str]:
    paths = (path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*.js"))
    return sorted(path for path in paths if not path.startswith("vendor/"))


def imports(module: str, *, lazy: bool = True) -> set[str]:
    """The modules that one names; with `lazy` also those that it fetches later."""
    folder, text = (STATIC / module).parent, (STATIC / module).read_text()
    named = STATEMENT.findall(text) + (EXPRESSION.findall(text) if lazy else [])
    return {(folder / one).resolve().relative_to(STATIC).as_posix() for one in named}


def test_each_room_imports_only_the_rooms_below_it() -> None:
    found = []
    for module in modules():
        room = module.split("/")[0]
        for target in imports(module):
            other = target.split("/")[0]
            same_feature = room == other == "features" and module.split("/")[1] == target.split("/")[1]
            if room != "words" and other not in MAY_IMPORT[room] and not same_feature:
                found.append(f"{module} imports {target}")
            if other == "features" and room == "main.js" and target != "features/index.js":
                found.append(f"{module} imports {target}")

    assert [one for one in found if not one.startswith("features/index.js imports features/")] == []


def test_each_feature_is_plugged_in_by_one_line() -> None:
    text = (STATIC / "features" / "index.js").read_text()
    folders = sorted(path.name for path in (STATIC / "features").iterdir() if path.is_dir())
    lines = re.findall(r"^\t\(\) => import\('\./(\w+)/feature\.js'\),$", text, re.MULTILINE)

    assert sorted(lines) == folders == ["coach", "notes", "presence", "quick_replies"]


def test_the_first_page_asks_for_all_its_modules_at_once() -> None:
    needed: set[str] = set()
    waiting = ["main.js"]
    while waiting:
        module = waiting.pop()
        needed.add(module)
        waiting += [one for one in imports(module, lazy=False) - needed if not one.startswith("vendor/")]
    named = set(re.findall(r'(?:modulepreload" href|module" src)="static/([^"]+)"', PAGE))

    assert named == needed | {"vendor/lit-html/lit-html.js", "words/panel/{{lang}}.js"}


def test_the_first_page_asks_for_few_files() -> None:
    named = set(re.findall(r'(?:href|src)="static/([^"]+)"', PAGE))

    assert len(named | {"the page", "icons.svg"}) <= 27
