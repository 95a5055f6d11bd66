"""Replays deploy/Dockerfile without Docker: its steps as processes, each stage on a disk of its own.

The base image is this machine's disk with this Python at /usr/local. What a step changes stays in memory
and is gone afterwards. Needs root.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import BinaryIO

import pytest

from avito_live import PROJECT
from tests.house.tree import tracked_files
from tests.support.lacking import lacking

DOCKERFILE = (PROJECT / "deploy/Dockerfile").read_text(encoding="utf-8")
IGNORED = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
_WITHIN_S = 300
_DISKS = """
set -eu
mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir context
for stage in build image; do
    mkdir -p $stage/up $stage/work $stage/local/up $stage/local/work $stage/root && cd $stage
    mount -t overlay overlay -o lowerdir=/,upperdir=up,workdir=work root
    mount -t overlay overlay -o "lowerdir=$2,upperdir=local/up,workdir=local/work" root/usr/local
    mount -t proc proc root/proc && mount --bind /dev root/dev
    ldconfig -r root
    cd ..
done
echo ready
exec sleep infinity
"""


@dataclass(frozen=True)
class Step:
    """One instruction: its word and the rest of the line."""

    word: str
    rest: str


def stages() -> list[list[Step]]:
    """Return the instructions of each stage that has some, without their FROM."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    parts = re.split(r"^FROM .*\n", joined, flags=re.MULTILINE)[1:]
    written = (part.splitlines() for part in parts if part.strip())
    return [[Step(*line.split(maxsplit=1)) for line in lines if line] for lines in written]


def is_sent(file: str) -> bool:
    """Tell whether the builder gets a file, by .dockerignore: of its lines the last that fits counts."""
    sent = True
    for line in IGNORED:
        pattern = line.removeprefix("!").removeprefix("**/")
        parents = [str(one) for one in Path(file).parents] + [file]
        if line and not line.startswith("#") and any(fnmatch(one, pattern) for one in parents):
            sent = line.startswith("!")
    return sent


@dataclass
class Stage:
    """The state of a stage: its disk, and what WORKDIR, ENV and USER said last."""

    name: str
    replay: "Replay"
    folder: str = "/"
    user: str = ""
    environ: dict[str, str] = field(
        default_factory=lambda: {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin"}
    )

    @property
    def root(self) -> str:
        return f"{self.replay.folder}/{self.name}/root"

    def take(self, step: Step) -> None:
        """Carry out one instruction as a builder does."""
        match step.word:
            case "ENV":
                for name, value in (pair.split("=", 1) for pair in step.rest.split()):
                    self.environ[name] = value.replace("$PATH", self.environ["PATH"])
            case "WORKDIR":
                self.folder = step.rest
                self.replay.must(f"mkdir -p {self.root}{step.rest}")
            case "USER":
                self.user = step.rest
            case "COPY":
                self._copy(step.rest.split())
            case "RUN":
                self.run(re.sub(r"--mount=\S+\s*", "", step.rest))

    def run(self, command: str, **more: str) -> str:
        """Run a shell command there and return what it prints."""
        return self.replay.must("exec " + self.command(command), {**self.environ, **more})

    def command(self, command: str) -> str:
        """Return the command that runs a shell command there, by its user and without any right of root's."""
        user, _, group = self.user.partition(":")
        drop = f"setpriv --reuid={user} --regid={group} --clear-groups --bounding-set=-all --no-new-privs "
        there = f'cd {self.folder} && exec {drop if user else ""}sh -c "$0"'
        return shlex.join(["chroot", self.root, "sh", "-c", there, command])

    def seal(self) -> None:
        """Leave only what compose.yml leaves to be written: /tmp and the spool."""
        user, _, group = self.user.partition(":")
        self.replay.must(
            f"mount -t tmpfs tmpfs {self.root}/tmp;"
            f"mount -t tmpfs -o mode=700,uid={user},gid={group} tmpfs {self.root}/spool;"
            f"mount -o remount,ro {self.root}/usr/local; mount -o remount,ro {self.root}"
        )

    def start(self, command: str, environ: dict[str, str], output: BinaryIO) -> subprocess.Popen[bytes]:
        """Start a process there."""
        words = self.replay.among_disks("exec " + self.command(f"exec {command}"))
        return subprocess.Popen(
            words, env=self.environ | environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )

    def _copy(self, words: list[str]) -> None:
        came = f"{self.replay.folder}/context"
        if words[0].startswith("--from="):
            came = f"{self.replay.folder}/{words.pop(0).removeprefix('--from=')}/root"
        *sources, target = words
        where = f"{self.root}{target if target.startswith('/') else f'{self.folder}/{target}'}"
        for source in sources:
            path = f"{came}/{source.removeprefix('/')}"
            self.replay.must(
                f"mkdir -p '{where}' && if [ -d '{path}' ]; then set -- '{path}/.'; else set -- '{path}'; fi"
                f" && cp -a \"$1\" '{where}/'"
            )


@dataclass
class Replay:
    """A Dockerfile that was carried out. `holder`: the process that holds the disks."""

    folder: Path
    holder: int

    def must(self, command: str, environ: dict[str, str] | None = None) -> str:
        """Run a shell command among the disks; it must succeed."""
        done = subprocess.run(
            self.among_disks(command),
            env={**_registry(), **(environ or {"PATH": os.environ["PATH"]})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_WITHIN_S,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
        return done.stdout

    def among_disks(self, command: str) -> list[str]:
        """Return the command that runs a shell command among the disks."""
        return ["/usr/bin/nsenter", f"--target={self.holder}", "--mount", "/bin/sh", "-c", command]


def _registry() -> dict[str, str]:
    """Return what tells pip where its packages come from on this machine."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PIP_") or name.endswith("_proxy")
    }


@contextmanager
def replayed(folder: Path) -> Iterator[Stage]:
    """Carry out the Dockerfile; yields its last stage. The test is skipped where that cannot be done."""
    if os.geteuid() != 0:
        pytest.skip("replaying an image needs root")
    if not all(map(shutil.which, ("unshare", "nsenter", "setpriv"))):
        lacking("util-linux")
    unshared = ["unshare", "--mount", "--propagation=private", "sh", "-c", _DISKS, "disks"]
    with subprocess.Popen(
        [*unshared, str(folder), sys.base_prefix], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as holder:
        assert holder.stdout
        try:
            if (said := holder.stdout.readline().strip()) != "ready":
                pytest.skip(f"an image cannot be replayed here: {said}")
            replay = Replay(folder, holder.pid)
            sent = "".join(f"{file}\0" for file in tracked_files() if is_sent(file))
            (folder.parent / "sent").write_text(sent, encoding="utf-8")
            replay.must(
                f"cd '{PROJECT}' && xargs -0 cp -a --parents -t '{folder}/context' < '{folder.parent}/sent'"
            )
            for name, steps in zip(("build", "image"), stages(), strict=True):
                stage = Stage(name, replay)
                for step in steps:
                    stage.take(step)
            yield stage
        finally:
            holder.kill()
