"""How docker compose and systemd read `.env`: a model of the first, the library of the second."""

import ctypes
import os
import re
from pathlib import Path

LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/systemd/libsystemd-shared-*.so"))), None)
"""That of systemd, where it is installed."""
_NAME = re.compile(r"(?>(?:export(?a:\s)+)?)([\w.\-\[\]]+)[\t\v\f\r \x85\xa0]*([=:\n]|$)[\t\v\f\r \x85\xa0]*")
_ESCAPED = re.compile(r"\\([\\'\"])")


def by_compose(text: str) -> dict[str, str] | None:
    """Return the settings, without those that it replaces something in; None: it refuses the file."""
    values = dict[str, str]()
    rest = text.removeprefix("\ufeff").lstrip()
    while rest:
        if rest[0] == "#":
            rest = rest.partition("\n")[2].lstrip()
            continue
        if not (name := _NAME.match(rest)) or name[2] not in ("=", ":"):
            return None  # from the environment, or an error
        rest = rest[name.end() :]
        if quoted := re.match(r"""(['"])((?:\\.|(?!\1)[^\\])*)\1""", rest, re.DOTALL):
            value, rest = quoted[2], rest[quoted.end() :]
            is_replaced = quoted[1] == '"' and ("\\" in value or "$" in value)
            value = _ESCAPED.sub(lambda found: found[1] if found[1] == "'" else found[0], value)
        elif rest[:1] in ("'", '"'):
            return None
        else:
            value, _, rest = rest.partition("\n")
            value = value.partition(" #")[0].rstrip()
            is_replaced = "$" in value
        values[name[1]] = value
        if is_replaced:
            del values[name[1]]
        rest = rest.lstrip()
    return values


def by_systemd(text: str) -> dict[str, str]:
    """Return the settings as `EnvironmentFile=` gives them. Raises OSError if it refuses the file."""
    systemd, libc = ctypes.CDLL(str(LIBRARY)), ctypes.CDLL(None)
    libc.fdopen.restype = systemd.strv_env_clean_with_callback.restype = ctypes.c_void_p
    file = os.memfd_create(".env")
    os.write(file, text.encode())
    os.lseek(file, 0, os.SEEK_SET)
    stream = ctypes.c_void_p(libc.fdopen(file, b"r"))
    found = ctypes.POINTER(ctypes.c_char_p)()
    code = systemd.load_env_file(stream, None, ctypes.byref(found))
    libc.fclose(stream)
    if code < 0:
        raise OSError(-code, os.strerror(-code))
    lines = list[str]()
    if systemd.strv_env_clean_with_callback(found, None, None):  # else there is none
        while (line := found[len(lines)]) is not None:
            lines.append(line.decode())
    return dict(line.split("=", 1) for line in lines)
