"""A server for tests: this machine's own system, booted anew with systemd in namespaces of its own.

Whatever is done there is gone afterwards: the disk is this machine's, with all changes kept in memory; there
is no network but loopback, on which every port is free.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from testbed import eventually
from tests.support.lacking import lacking

SYSTEMD = Path("/usr/lib/systemd/systemd")
PYTHON = Path("/opt/python")
"""Where this Python is there: its own folder may be hidden from services (ProtectHome=)."""
_WITHIN_S = 60.0
_CGROUPS = "unshare --cgroup --uts --ipc --pid --net --mount --fork --kill-child --propagation=private"
_BOOT = f"""
set -eu
mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir up work root cgroup
mount -t cgroup2 cgroup2 cgroup && mkdir "cgroup/$2" && echo $$ > "cgroup/$2/cgroup.procs"
shift 2
exec {_CGROUPS} sh -euc '
mount -t overlay overlay -o lowerdir=/,upperdir=up,workdir=work root && cd root
mount -t proc proc proc && mount --bind -o ro proc/sys proc/sys && mount -o remount,bind,ro proc/sys
mount -t sysfs sysfs sys -o ro && mount -t tmpfs tmpfs sys/fs/cgroup
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run && mount -t tmpfs tmpfs tmp && mount -t tmpfs tmpfs dev && mkdir dev/pts dev/shm
mount -t devpts devpts dev/pts -o newinstance,ptmxmode=666 && ln -s pts/ptmx dev/ptmx
for one in null zero full random urandom tty; do touch dev/$one && mount --bind /dev/$one dev/$one; done
ln -s /proc/self/fd dev/fd
while [ $# -gt 0 ]; do mkdir -p "./$2" && mount --bind -o ro "$1" "./$2" && shift 2; done
echo {PYTHON}/lib > etc/ld.so.conf.d/00-python.conf && ldconfig -r .
for unit in modules-load sysctl binfmt remount-fs udevd update-utmp; do
    ln -sf /dev/null etc/systemd/system/systemd-$unit.service
done
ip link set lo up
pivot_root . mnt && cd / && umount -l /mnt && mount --make-rshared /
exec env -i container=test PATH=/usr/sbin:/usr/bin \\
    /usr/lib/systemd/systemd --unit=basic.target --show-status=no
' boot "$@"
"""


@dataclass(frozen=True, slots=True)
class Booted:
    """A booted system. `init`: the process id of its systemd, here; `environ`: of the commands there."""

    init: int
    environ: dict[str, str]

    def run(self, command: str, folder: str = "/", **more: str) -> subprocess.CompletedProcess[str]:
        """Run a shell command there, as root, in `folder`; returns its result."""
        inside = [
            "nsenter",
            f"--target={self.init}",
            "--mount",
            "--uts",
            "--ipc",
            "--pid",
            "--net",
            "--cgroup",
        ]
        return subprocess.run(
            [*inside, f"--wdns={folder}", "sh", "-c", command],
            env=self.environ | more,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_WITHIN_S,
        )

    def must(self, command: str, folder: str = "/", **more: str) -> str:
        """Run a command that must succeed, and return all that it says."""
        done = self.run(command, folder, **more)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr


@contextmanager
def booted(folder: Path, environ: Mapping[str, str], shares: Mapping[Path, str]) -> Iterator[Booted]:
    """Boot a system for the length of the block; skip the test where that cannot be done.

    `shares`: folders of this machine, and where they are there, read-only.
    """
    if os.geteuid() != 0:
        pytest.skip("booting a system needs root")
    if not SYSTEMD.exists() or not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        lacking("systemd")
    group = f"avito-live-{os.getpid()}"
    folder.mkdir()
    shared = [str(path) for share in {Path(sys.base_prefix): str(PYTHON), **shares}.items() for path in share]
    starter = subprocess.Popen(
        [
            "unshare",
            "--mount",
            "--propagation=private",
            "sh",
            "-c",
            _BOOT,
            "boot",
            str(folder),
            group,
            *shared,
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield _wait(starter, {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", **environ})
    finally:
        starter.kill()  # systemd and all that it started die with it
        starter.communicate()
        _remove_group(group)


def _wait(starter: subprocess.Popen[str], environ: dict[str, str]) -> Booted:
    deadline = time.monotonic() + _WITHIN_S
    children = Path(f"/proc/{starter.pid}/task/{starter.pid}/children")
    while time.monotonic() < deadline:
        if starter.poll() is not None:
            pytest.skip(f"a system cannot be booted here: {starter.communicate()[0].strip()}")
        if init := children.read_text().split():
            there = Booted(int(init[0]), environ)
            if there.run("systemctl is-system-running").stdout.strip() in ("running", "degraded"):
                return there
        time.sleep(0.05)
    raise AssertionError("the system does not get up")


def _remove_group(name: str) -> None:
    """Remove the control groups that systemd made."""
    mounts = [line.split() for line in Path("/proc/self/mounts").read_text().splitlines()]
    for group in (Path(where, name) for _, where, kind, *_ in mounts if kind == "cgroup2"):
        if group.is_dir():
            eventually(partial(_is_removed, group), forgiven=(OSError,))


def _is_removed(group: Path) -> bool:
    for path in sorted((path for path in group.rglob("*") if path.is_dir()), reverse=True):
        path.rmdir()  # fails while a process in it still ends
    group.rmdir()
    return True
