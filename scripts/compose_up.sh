#!/bin/sh
# `make up`: builds and starts everything, waits until it is ready, and prints its address.
# Run again, it upgrades: the new ingest starts before the old one stops, so that no webhook is refused.
set -eu
cd "$(dirname "$0")/.."

fail() {
    echo "up: $1" >&2
    exit 1
}

count() { # prints how many containers of a service run, at least 1
    running=$(docker compose ps -q "$1" 2>/dev/null | wc -l)
    [ "$running" -gt 0 ] && echo "$running" || echo 1
}

wait_until_healthy() { # waits for $2 containers of service $1
    tries=0
    until [ "$(docker compose ps --format '{{.Health}}' "$1" | grep -c '^healthy')" -ge "$2" ]; do
        tries=$((tries + 1))
        [ "$tries" -lt "${UP_TRIES:-120}" ] || fail "$1 does not get ready: docker compose logs $1"
        sleep 1
    done
}

remove_new() { # removes the new ingests after a failure, else each failed upgrade would double them
    for one in $(docker compose ps -q ingest); do
        case " $old " in *" $one "*) ;; *) docker rm --force "$one" >/dev/null ;; esac
    done
}

replace_ingest() { # starts the new ones, then stops the old ones: Caddy always reaches one
    old=$(docker compose ps -q ingest | tr '\n' ' ')
    [ -n "$old" ] || return 0
    many=$(count ingest)
    trap remove_new EXIT
    trap 'exit 130' INT TERM HUP
    docker compose up -d --no-deps --no-recreate --scale "ingest=$((many * 2))" ingest
    wait_until_healthy ingest "$((many * 2))"
    trap - EXIT INT TERM HUP
    # shellcheck disable=SC2086  # one id per word
    docker stop --time 15 $old >/dev/null
    # shellcheck disable=SC2086
    docker rm $old >/dev/null
}

.venv/bin/python -m avito_live compose-check >&2
sh scripts/compose_ready.sh up

docker compose build
replace_ingest
docker compose up -d --wait --wait-timeout 180 \
    --scale "ingest=$(count ingest)" --scale "worker=$(count worker)" \
    --scale "push-gateway=$(count push-gateway)" ||
    fail "not everything got ready: docker compose ps, docker compose logs"
exec .venv/bin/python -m avito_live compose-banner
