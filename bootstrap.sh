#!/bin/sh
# Prepares .venv from requirements.lock, and leaves it alone when nothing changed since.
# PYTHON=/path/to/python3.12 names the interpreter; else the first on the PATH that fits is taken.
set -eu
cd "$(dirname "$0")"
stamp=.venv/prepared-from

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
version_of() { "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null; }

# Runs the candidate: a pyenv shim can be on the PATH without a Python behind it.
fits() {
    "$1" -c 'import sqlite3, ssl, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

find_python() {
    [ -n "${PYTHON:-}" ] && set -- "$PYTHON" || set -- python3.13 python3.12 python3.11 python3 python
    for candidate; do
        if fits "$candidate"; then echo "$candidate"; return; fi
    done
    fail "no Python 3.11, 3.12 or 3.13 with ssl and sqlite3 (tried: $*)." \
        "Install one, or name it: make test PYTHON=/path/to/python3.12"
}

is_prepared() {
    [ -x .venv/bin/python ] && [ "$(cat $stamp 2>/dev/null)" = "$wanted" ] && is_asked_python
}

is_asked_python() {
    [ -z "${PYTHON:-}" ] || [ "$(version_of "$PYTHON")" = "$(version_of .venv/bin/python)" ]
}

make_venv() {
    if fits .venv/bin/python && is_asked_python; then return; fi
    python=$(find_python)
    output=$("$python" -m venv --clear .venv 2>&1) && return
    # Debian's python3 comes without ensurepip.
    uv venv -q --clear --python "$python" .venv 2>/dev/null && return
    fail "$python cannot make a virtual environment; install its venv package (python3-venv) or uv." "$output"
}

# Prints a uv that runs: the user's own, else the locked one.
find_uv() {
    if uv --version >/dev/null 2>&1; then echo uv; return; fi
    if [ ! -x .venv/bin/uv ]; then
        sed -n '/^uv==/,/[^\\]$/p' requirements.lock >.venv/uv.lock
        .venv/bin/python -m pip install -qq --no-deps --require-hashes -r .venv/uv.lock >/dev/null 2>&1 || return
    fi
    .venv/bin/uv --version >/dev/null 2>&1 && echo .venv/bin/uv
}

# The lock holds setuptools too, so that the project builds without asking the registry for it.
install_with_uv() {
    "$1" pip sync -q --python .venv/bin/python --require-hashes requirements.lock &&
        "$1" pip install -q --python .venv/bin/python --no-deps --no-build-isolation --editable .
}

# Without --no-deps pip 23 refuses a hashed lock in which a requirement names an extra.
install_with_pip() {
    .venv/bin/python -m pip install -qq --no-deps --require-hashes -r requirements.lock &&
        .venv/bin/python -m pip install -qq --no-deps --no-build-isolation --editable .
}

install_lock() {
    if uv=$(find_uv); then
        install_with_uv "$uv" && return
        say "uv could not install the lock; trying pip"
    fi
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip -q
    say "pip takes a minute or two"
    install_with_pip || fail "installing requirements.lock failed; see the message above"
}

wanted="$(pwd -P) $(cksum requirements.lock pyproject.toml)"
if is_prepared; then exit; fi
started=$(date +%s)
make_venv
rm -f $stamp
say "installing $(grep -c '^[a-z]' requirements.lock) locked packages into .venv, Python $(version_of .venv/bin/python)"
install_lock
printf '%s\n' "$wanted" >$stamp
say "done in $(($(date +%s) - started)) s"
