#!/bin/sh
# `make setup`: makes a .venv with everything, in the versions of constraints.txt, unless nothing changed.
set -eu
cd "$(dirname "$0")/.."
unset PYTHONHOME PYTHONPATH PYTHONOPTIMIZE PYTHONWARNINGS PYTHONIOENCODING PIP_TARGET PIP_PREFIX
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

stamp=.venv/made-from
python=.venv/bin/python

wanted() { # prints what a .venv is made from, with its path
    pwd -P
    cat pyproject.toml constraints.txt scripts/setup.sh | cksum
}

up_to_date() {
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(wanted)" ] && "$python" -c '' 2>/dev/null
}

fail() {
    echo "setup: $1" >&2
    exit 1
}

fit() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        fit "$PYTHON" || fail "PYTHON=$PYTHON is no Python 3.11 or newer here"
        command -v "$PYTHON"
        return
    fi
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 && fit "$name"; then
            command -v "$name"
            return
        fi
    done
    found=$(python3 --version 2>/dev/null || echo "no python3")
    fail "Avito Live needs Python 3.11 or newer, here is $found: install one, e.g. apt install python3.11 python3.11-venv"
}

make_venv() { # on Debian and Ubuntu ensurepip is in a package of its own
    rm -rf .venv
    no_venv="this Python cannot make a .venv yet: sudo apt install python3-venv, then run this again"
    "$1" -c 'import venv' 2>/dev/null || fail "$no_venv"
    if "$1" -c 'import ensurepip' 2>/dev/null; then
        "$1" -m venv .venv || fail "Python could not make a .venv here, see above; is the disk full?"
    else
        "$1" -m venv --without-pip .venv || fail "Python could not make a .venv here, see above; is the disk full?"
        bring_pip "$1" || {
            rm -rf .venv
            fail "$no_venv"
        }
    fi
}

bring_pip() { # from an installed pip, else from the system's package, which can be fetched without root
    if "$1" -m pip --python "$python" install -q pip 2>/dev/null; then
        return
    fi
    command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || return 1
    echo "setup: fetching pip from the system's package python3-pip-whl …"
    mkdir .venv/pip-package
    if [ "$(id -u)" = 0 ] && ! apt-cache show python3-pip-whl >/dev/null 2>&1; then
        apt-get update -qq >/dev/null 2>&1 || return 1
    fi
    (cd .venv/pip-package && apt-get download -qq python3-pip-whl >/dev/null 2>&1) || return 1
    dpkg-deb -x .venv/pip-package/*.deb .venv/pip-package || return 1
    for wheel in .venv/pip-package/usr/share/python-wheels/pip-*.whl; do
        "$python" "$wheel/pip" install -q --no-index "$wheel" || return 1
    done
    rm -rf .venv/pip-package
}

name_relatively() { # Python reads the paths of a .pth in the locale's encoding: C has no Cyrillic letters
    for file in .venv/lib/python3*/site-packages/_avito_live.pth; do
        root=$(pwd -P) awk 'index($0, ENVIRON["root"]) == 1 {
            $0 = "../../../.." substr($0, length(ENVIRON["root"]) + 1)
        } 1' "$file" >"$file.new"
        mv "$file.new" "$file"
    done
}

step() { # prints a line, then installs
    echo "setup: $1 …"
    shift
    "$python" -m pip install -qq -c constraints.txt "$@" ||
        fail "pip failed, see above. Often the network, a proxy or a full disk is the cause; run this again, it continues where it stopped"
}

main() {
    if up_to_date; then
        return
    fi
    # The redirection is tried in a shell of its own, since dash ends where one fails.
    mkdir -p var/run 2>/dev/null && (: >>var/run/setup.lock) 2>/dev/null ||
        fail "$(pwd)/var/run cannot be written: run this as its user, free disk space, or move away what stands there"
    if command -v flock >/dev/null 2>&1; then # of two at once, one waits for the other
        exec 9>var/run/setup.lock
        flock 9
        if up_to_date; then
            return
        fi
    fi
    if ! fit "$python" || ! "$python" -c 'import pip' 2>/dev/null; then
        base=$(find_python)
        echo "setup: making .venv with $("$base" --version) ($base), once; it takes a minute or two …"
        make_venv "$base"
    fi
    rm -f "$stamp"
    step "1/4 pip and the build tool" pip
    step "2/4 libraries of the system, with a Redis and the Avito simulator" --group build
    "$python" -m pip install -qq -c constraints.txt --no-build-isolation \
        -e '.[run]' || fail "the project itself could not be installed, see above"
    name_relatively
    step "3/4 tests, with Playwright (the largest piece)" --group test
    step "4/4 checkers" --group check
    wanted >"$stamp"
    echo "setup: done."
}

main
