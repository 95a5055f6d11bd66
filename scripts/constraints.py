"""Writes constraints.txt anew from pyproject.toml, by uv: `make constraints`.

It holds one version of each package, for all platforms, with the hashes of all its files and the groups that
need it. Versions that still fit stay; `--upgrade` takes the newest ones.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from requirements import CONSTRAINTS, IMAGE, ROOT, name_of, own_extras, read_project

HEAD = "# Versions and hashes of all packages, and the groups that need each; `make constraints` writes it.\n"
IN_A_BROWSER = "sys_platform == 'emscripten'"
"""The mark of what only Python in a browser needs."""
OPTIONS = ("--universal", "--python-version=3.11", "--no-config", "--no-header", "--no-annotate", "--quiet")


def main(options: list[str]) -> int:
    """Write the file and print what changed; returns uv's exit code."""
    before = CONSTRAINTS.read_text(encoding="utf-8")
    try:
        after = written(before, options)
    except subprocess.CalledProcessError as error:
        return error.returncode
    CONSTRAINTS.write_text(after, encoding="utf-8")
    old, new = (set(re.findall(r"^\w\S+", text, re.MULTILINE)) for text in (before, after))
    changes = [f"-{one}\n" for one in sorted(old - new)] + [f"+{one}\n" for one in sorted(new - old)]
    sys.stdout.writelines(changes)
    sys.stdout.write(f"constraints: {'written' if after != before else 'nothing changed'}.\n")
    return 0


def written(before: str, options: list[str]) -> str:
    """Return the text of the file, which keeps to the versions that stand there."""
    project = read_project()
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder, "pins.txt")
        pins.write_text(before, encoding="utf-8")
        resolved("pyproject.toml", "--all-extras", "--group=all", "--generate-hashes", f"-o={pins}", *options)
        needed_by: dict[str, list[str]] = {}
        for group in sorted((*project["dependency-groups"], IMAGE)):
            extras = [f"--extra={extra}" for extra in own_extras(project, group)]
            of_group = [] if group == IMAGE else [f"--group={group}"]
            source = ["pyproject.toml"] if extras else []
            for line in resolved(*source, *extras, *of_group, f"--constraint={pins}").splitlines():
                needed_by.setdefault(name_of(line), []).append(group)
        blocks = re.findall(r"^\w.*\n(?: .*\n)*", pins.read_text(encoding="utf-8"), re.MULTILINE)
        blocks = [one for one in blocks if IN_A_BROWSER not in one]
    return HEAD + "".join(f"{one}    # for {', '.join(needed_by[name_of(one)])}\n" for one in blocks)


def resolved(*options: str) -> str:
    """Return what uv makes of pyproject.toml; its words about an error are for the user."""
    uv = str(Path(sys.executable).with_name("uv"))
    command = [uv, "pip", "compile", *OPTIONS, *options]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
