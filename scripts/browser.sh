#!/bin/sh
# `make browser`: installs Chromium for the browser tests, with fonts for Cyrillic and emoji.
set -eu
cd "$(dirname "$0")/.."

fonts="fonts-noto-core fonts-noto-color-emoji"
root=$([ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 && echo yes || echo no)

if [ "$root" = yes ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    # Ubuntu's package installs a snap, which containers and most servers cannot start.
    if grep -q '^ID=ubuntu' /etc/os-release; then
        apt-get install -y -qq --no-install-recommends $fonts
        .venv/bin/python -m playwright install --with-deps chromium
    else
        apt-get install -y -qq --no-install-recommends chromium $fonts
    fi
else
    .venv/bin/python -m playwright install chromium
    echo "browser: if it does not start, system libraries are missing: sudo apt install chromium $fonts"
fi
echo "browser: done, \`make test\` runs the browser tests now."
