#!/bin/sh
# Checks that `docker compose` works here; if not, prints one line. $1: the calling command.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "$1: $2" >&2
    exit 1
}

[ -f .env ] || fail "$1" "no .env here: make init"
command -v docker >/dev/null || fail "$1" "Docker is not installed: https://docs.docker.com/engine/install/ (without it: make run, or deploy/systemd)"
docker compose version >/dev/null 2>&1 || fail "$1" "docker has no compose plugin: apt install docker-compose-plugin"
docker info >/dev/null 2>&1 || fail "$1" "the Docker service is not running, or you are not allowed to use it"
docker compose config --quiet || fail "$1" "correct the settings named above in .env"
