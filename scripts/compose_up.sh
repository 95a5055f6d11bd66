#!/bin/sh
# `make up`: build, start and wait until everything does its job; then say where it is.
# Done again it upgrades: ingest is replaced one generation by the next, so that no webhook finds it closed.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "up: $1" >&2
    exit 1
}

count() { # how many containers of a service run, at least one
    running=$(docker compose ps -q "$1" 2>/dev/null | wc -l)
    [ "$running" -gt 0 ] && echo "$running" || echo 1
}

wait_until_healthy() { # of a service, that many containers
    tries=0
    until [ "$(docker compose ps --format '{{.Health}}' "$1" | grep -c '^healthy')" -ge "$2" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt "${UP_TRIES:-120}" ] || fail "$1 does not get ready: docker compose logs $1"
        sleep 1
    done
}

take_new_away() { # the ingests that are not among the old ones: else each failed upgrade would double them
    for one in $(docker compose ps -q ingest); do
        case " $old " in *" $one "*) ;; *) docker rm --force "$one" >/dev/null ;; esac
    done
}

replace_ingest() { # the new beside the old, then the old away: Caddy sees one or both all the time
    old=$(docker compose ps -q ingest | tr '\n' ' ')
    [ -n "$old" ] || return 0
    many=$(count ingest)
    trap take_new_away EXIT
    trap 'exit 130' INT TERM HUP
    docker compose up -d --no-deps --no-recreate --scale "ingest=$((many * 2))" ingest
    wait_until_healthy ingest "$((many * 2))"
    trap - EXIT INT TERM HUP
    # shellcheck disable=SC2086  # one id a word
    docker stop --time 15 $old >/dev/null
    # shellcheck disable=SC2086
    docker rm $old >/dev/null
}

sh scripts/compose_ready.sh up

docker compose build
replace_ingest
docker compose up -d --wait --wait-timeout 180 \
    --scale "ingest=$(count ingest)" --scale "worker=$(count worker)" \
    --scale "push-gateway=$(count push-gateway)" ||
    fail "not everything got ready: docker compose ps, docker compose logs"
exec .venv/bin/python scripts/compose_banner.py
