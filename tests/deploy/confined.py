"""Runs a command under what a service's unit allows, without systemd: `confined.py UNIT FOLDER COMMAND …`.

As root, with libseccomp. It applies ProtectSystem=strict (only FOLDER can be written), ProtectProc=invisible,
an empty CapabilityBoundingSet, NoNewPrivileges, UMask, SystemCallFilter, RestrictAddressFamilies and
MemoryDenyWriteExecute; the user stays root, without a capability.
"""

import ctypes
import errno
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.deploy import units

_LIBC = ctypes.CDLL(None, use_errno=True)
_NEW_MOUNTS, _BIND, _PRIVATE = 0x20000, 0x1000 | 0x4000, 0x40000 | 0x4000
_MOUNT_SETATTR, _RECURSIVE, _READ_ONLY = 442, 0x8000, 1
_DROP_CAPABILITY, _NO_NEW_PRIVILEGES, _CAPABILITIES = 24, 38, 41
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_EQUAL, _MASKED_EQUAL = 4, 7
_WRITE, _EXECUTE = 2, 4


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


class _Attributes(ctypes.Structure):
    _fields_ = (("set", ctypes.c_uint64), ("clear", ctypes.c_uint64), ("more", ctypes.c_uint64 * 2))


def members(group: str) -> set[str]:
    """Return the system calls of a group of systemd's, and of those in it."""
    if not group.startswith("@"):
        return {group}
    said = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, check=True)
    lines = [line.strip() for line in said.stdout.decode().splitlines()[1:]]
    return {call for line in lines if line and line[0] != "#" for call in members(line)}


def allowed_calls(lines: Sequence[str]) -> set[str]:
    """Return what the lines of SystemCallFilter leave."""
    allowed: set[str] = set()
    for line in lines:
        listed = {call for group in line.removeprefix("~").split() for call in members(group)}
        allowed = allowed - listed if line.startswith("~") else allowed | listed
    return allowed


def confine_files(folder: Path) -> None:
    """Leave one folder that can be written, and no process of another user in /proc."""
    where = str(folder).encode()
    _must(_LIBC.unshare(_NEW_MOUNTS))
    _must(_LIBC.mount(b"none", b"/", None, _PRIVATE, None))
    _must(_LIBC.mount(where, where, None, _BIND, None))
    _set_attributes(b"/", _RECURSIVE, _Attributes(set=_READ_ONLY))
    _set_attributes(where, 0, _Attributes(clear=_READ_ONLY))
    _must(_LIBC.mount(b"proc", b"/proc", b"proc", 0, b"hidepid=invisible"))


def confine_calls(unit: dict[str, list[str]]) -> None:
    """Refuse system calls, address families, and memory that is written and executed."""
    library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    library.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(library.seccomp_init(_REFUSE))

    def allow(call: str, *comparison: int) -> None:
        number = library.seccomp_syscall_resolve_name(call.encode())
        if number < 0:  # of another architecture
            return
        compared = _Comparison(*comparison)
        count = 1 if comparison else 0
        _must(library.seccomp_rule_add_array(context, _ALLOW, number, count, ctypes.byref(compared)))

    for call in allowed_calls(unit["SystemCallFilter"]) - {"socket", "mmap", "mprotect", "pkey_mprotect"}:
        allow(call)
    for family in " ".join(unit["RestrictAddressFamilies"]).split():
        allow("socket", 0, _EQUAL, getattr(socket, family))
    for protection in (0, _WRITE, _EXECUTE):
        allow("mmap", 2, _MASKED_EQUAL, _WRITE | _EXECUTE, protection)
    for call in ("mprotect", "pkey_mprotect"):
        allow(call, 2, _MASKED_EQUAL, _EXECUTE, 0)
    _must(library.seccomp_load(context))


def main(name: str, folder: str, *command: str) -> None:
    """Confine this process, then become the command."""
    unit = units.read(name)
    os.umask(int(unit["UMask"][0], 8))
    confine_files(Path(folder))
    os.chdir(folder)
    for capability in range(_CAPABILITIES):
        _must(_LIBC.prctl(_DROP_CAPABILITY, capability, 0, 0, 0))
    _must(_LIBC.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    confine_calls(unit)
    os.execv(command[0], command)


def _set_attributes(path: bytes, flags: int, attributes: _Attributes) -> None:
    at, size = -100, ctypes.sizeof(attributes)
    _must(_LIBC.syscall(_MOUNT_SETATTR, at, path, flags, ctypes.byref(attributes), size))


def _must(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno() or -result, os.strerror(ctypes.get_errno() or -result))


if __name__ == "__main__":
    main(*sys.argv[1:])
