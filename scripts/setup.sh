#!/bin/sh
# `make setup`: brings .venv to what a group of pyproject.toml needs, in the versions and with the hashes of
# constraints.txt, unless it is there. With uv where it is on the PATH, else with pip.
set -eu
group=${1-all}
cd "$(dirname "$0")/.."
unset PYTHONHOME PYTHONPATH PYTHONOPTIMIZE PYTHONWARNINGS PYTHONIOENCODING PYTHONDONTWRITEBYTECODE
unset PIP_TARGET PIP_PREFIX PIP_ROOT PIP_REQUIRE_HASHES UV_TARGET UV_PREFIX UV_SYSTEM_PYTHON
export PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore

python=.venv/bin/python
stamp=.venv/made-from   # the path of .venv, and the sum of the files that it is made from
there=.venv/installed   # the lists of the groups that are there
wanted=.venv/wanted     # the lists as they should be
log=var/run/setup.log

fail() {
    echo "setup: $1" >&2
    exit "${2:-1}"
}

# What is there

made_from() {
    pwd -P
    cat pyproject.toml constraints.txt scripts/setup.sh scripts/requirements.py | cksum
}

up_to_date() { [ -f "$there/$group.txt" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$(made_from)" ] && works; }

fit() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

works() { # a new Python of the system finds nothing in a .venv of the one before
    "$python" -c 'import os, sys
sys.exit(not os.path.isdir("%s/lib/python%d.%d/site-packages" % (sys.prefix, *sys.version_info[:2])))' 2>/dev/null
}

compare() { # forgets the lists of groups that are no longer as they should be
    [ "$(sed 1q "$stamp" 2>/dev/null)" = "$(pwd -P)" ] || rm -rf "$there"
    rm -rf "$wanted"
    mkdir -p "$wanted" "$there" || fail "$(pwd)/.venv cannot be written, see above"
    "$python" scripts/requirements.py --folder "$wanted" || exit 1
    [ -f "$wanted/$group.txt" ] || "$python" scripts/requirements.py "$group" >/dev/null || exit
    for list in "$there"/*.txt; do
        cmp -s "$list" "$wanted/${list##*/}" || rm -f "$list"
    done
}

remember() { # a group is there as well if all of its lines are
    for list in "$wanted"/*.txt; do
        grep -qvxFf "$wanted/$group.txt" "$list" || cp "$list" "$there"
    done
    rm -rf "$wanted"
}

# Python, pip and uv

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

make_venv() {
    base=$(find_python)
    echo "setup: making .venv with $("$base" --version) ($base) …"
    rm -rf .venv
    # On Debian and Ubuntu a part of venv is in a package of its own; --without-pip does without it, in a third of the time.
    "$base" -c 'import venv' 2>/dev/null || fail "$no_venv"
    "$base" -m venv --without-pip .venv || fail "Python could not make a .venv here, see above; is the disk full?"
    has_uv || find_pip || {
        rm -rf .venv
        fail "$no_venv"
    }
}

has_uv() { command -v uv >/dev/null 2>&1; }

no_venv="this Python cannot make a .venv yet: sudo apt install python3-venv, then run this again"

find_pip() { # sets `pip` to what is started with a Python, and `of` to that Python
    pip=''
    of=$python
    "$python" -c 'import pip' 2>/dev/null && pip=-mpip && return
    # That of the Python which made .venv, if it can install elsewhere, or the wheel with which it would make a pip.
    found=$("$python" -c 'import sys; print(sys._base_executable)' 2>/dev/null) || found=
    if "$found" -c 'import pip, sys
sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (22, 3))' 2>/dev/null; then
        of=$found pip=-mpip
        return
    fi
    pip=$("$found" -c 'import ensurepip, pathlib, sysconfig
folder = sysconfig.get_config_var("WHEEL_PKG_DIR") or pathlib.Path(ensurepip.__file__).parent / "_bundled"
print(max(pathlib.Path(folder).glob("pip-*.whl")) / "pip")' 2>/dev/null) || fetch_pip
}

fetch_pip() { # the system's package can be fetched without root
    command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || return 1
    folder=.venv/pip-package
    if ! [ -d "$folder/usr" ]; then
        echo "setup: fetching pip from the system's package python3-pip-whl …"
        rm -rf "$folder" && mkdir "$folder"
        if [ "$(id -u)" = 0 ] && ! apt-cache show python3-pip-whl >/dev/null 2>&1; then
            apt-get update -qq >/dev/null 2>&1 || return 1
        fi
        (cd "$folder" && apt-get download -qq python3-pip-whl >/dev/null 2>&1) || return 1
        dpkg-deb -x "$folder"/*.deb "$folder" || return 1
    fi
    for wheel in "$folder"/usr/share/python-wheels/pip-*.whl; do
        [ -f "$wheel" ] && pip=$wheel/pip
    done
    [ -n "$pip" ]
}

pip_install() {
    at=$([ "$of" = "$python" ] || echo "--python $python")
    "$of" "$pip" $at install --no-compile --no-deps --progress-bar off --no-warn-script-location "$@"
}

uv_install() { uv pip install --python "$python" --no-deps "$@"; }

# Installing

follow() { # keeps what uv or pip says in the log, and shows how far it is
    count=0 done=
    while IFS= read -r line; do
        echo "$line" >>"$log"
        case $line in
        "Collecting "* | "Processing "*)
            count=$((count + 1))
            [ $((count % 10)) != 0 ] || echo "setup:   $count of $packages"
            ;;
        "Downloading "*" ("*) [ "$with" = pip ] || echo "setup:   ${line% (*}" ;;
        "Installing collected "*) [ "$count" -lt 10 ] || echo "setup:   all are here, unpacking them …" ;;
        INSTALLED) done=yes ;;
        esac
    done
    [ -n "$done" ]
}

install() { # installs with uv, and with pip where there is no uv or it fails, as with an index that pip alone knows
    for with in $ways; do
        [ "$with" = uv ] || [ -n "${of:-}" ] || find_pip || fail "$no_venv"
        { "${with}_install" "$@" 2>&1 </dev/null && echo INSTALLED; } | follow && return
    done
    reason=$(grep -iE 'error:|caused by:|no space|no match' "$log" | tail -1 | cut -c1-300)
    remedy="Often the network, a proxy or a full disk is the cause; run this again, it continues where it stopped"
    ! grep -qiE 'do not match the hashes|hash mismatch' "$log" ||
        remedy="A file of your package index is not the one that constraints.txt names: do not use it"
    fail "$with failed: ${reason:-see $log} ($log). $remedy"
}

mend() { # what was interrupted in the middle counts as not there
    for site in .venv/lib/python3*/site-packages; do
        rm -rf "$site"/~*
        for package in "$site"/*.dist-info; do
            [ -f "$package/INSTALLER" ] && [ -f "$package/RECORD" ] || rm -rf "$package"
        done
    done
}

name_relatively() { # Python reads the paths of a .pth in the locale's encoding: C has no Cyrillic letters
    for file in .venv/lib/python3*/site-packages/_avito_live.pth; do
        root=$(pwd -P) awk 'index($0, ENVIRON["root"]) == 1 {
            $0 = "../../../.." substr($0, length(ENVIRON["root"]) + 1)
        } 1' "$file" >"$file.new"
        mv "$file.new" "$file"
    done
}

main() {
    if up_to_date; then
        return
    fi
    groups=$(sed -n '/^\[dependency-groups]/,/^\[tool/s/^\([a-z]*\) = .*/\1/p' pyproject.toml)
    case "|$(echo $groups | sed 's/ /|/g')|" in
    *"|$group|"*) ;;
    *) fail "there is no group '$group', but $(echo $groups | sed 's/ /, /g')" 2 ;;
    esac
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
    if ! fit "$python" || ! works; then
        make_venv
    fi
    compare
    if ! [ -f "$there/$group.txt" ]; then
        rm -f "$stamp"
        packages=$(grep -vc '^#' "$wanted/$group.txt")
        ways=$(has_uv && echo "uv pip" || echo pip)
        echo "setup: installing what \`$group\` needs, with ${ways%% *} (packages: $packages) …"
        mend
        : >"$log"
        install --require-hashes -r "$wanted/$group.txt"
        if grep -q '^# The project itself' "$wanted/$group.txt"; then
            install --no-build-isolation -e .
            name_relatively
        fi
        "$python" -m compileall -qq -j 0 .venv/lib || : # on all cores, faster than pip; a template may be no Python
        remember
        echo "setup: done."
    fi
    made_from >"$stamp"
}

main
