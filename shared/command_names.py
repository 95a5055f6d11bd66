"""What a command is called here: the name of its make target in a checkout, else that of `avito-live`.

Messages name make targets; each way out of a process (terminal, log, status, alert, panel) has them named.
"""

import os
import re
from pathlib import Path

_CHECKOUT, _IMAGE = Path(__file__).resolve().parents[1], Path("/srv/avito-live/scripts")
HAS_MAKE = (_CHECKOUT / "Makefile").exists() or (
    _IMAGE.exists() and not os.environ.get("KUBERNETES_SERVICE_HOST")
)
"""Whether the owner has the targets: in a checkout, and on the host where compose runs our image."""
_TARGET = re.compile(
    r"make (run|init|settings|status|dead|redrive|operator|token|redis-users|subscribe|unsubscribe|doctor"
    r"|rotate-secret|backup|restore-check|restore|forget|account)(?![a-z-])"
    r"((?: [A-Z]+=(?:<[^>]*>|'[^']*'|[^\s`;,()]+))*)"
)
_VARIABLE = re.compile(r" ([A-Z]+)=(<[^>]*>|'[^']*'|\S+)")
_FLAGS = {"FORCE": "--yes", "CUT": "--cut"}
_OPTIONS = {"ROLE": "--role", "SCOPE": "--scope", "BUYER": "--buyer", "CHAT": "--chat"}


def named_for_here(text: str) -> str:
    """Return a text with the names that commands have here."""
    return text if HAS_MAKE else as_commands(text)


def as_commands(text: str) -> str:
    """Return a text with `avito-live operator disable …` for `make operator NAME=… DO=disable`. Pure."""
    return _TARGET.sub(_as_command, text)


def _as_command(target: re.Match[str]) -> str:
    name, given = target[1], dict(_VARIABLE.findall(target[2]))
    words = ["avito-live", name]
    if action := given.pop("DO", "add" if "NAME" in given else ""):
        words.append(action)
    for variable, value in given.items():
        if variable in _FLAGS:
            words.append(_FLAGS[variable])
        else:
            words += [_OPTIONS[variable], value] if variable in _OPTIONS else [value]
    return " ".join(words)
