#!/bin/sh
# Installs llmpairs into a new environment from the hashed runtime lock: docker/install.sh VENV
# INSTALL names another installer than the environment's own pip, such as "uv pip install --python VENV/bin/python".
set -eu
venv=$1
cd "$(dirname "$0")/.."
"${PYTHON:-python3}" -m venv "$venv"
install=${INSTALL:-"$venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check"}
# The lock holds the build backend too. shellcheck: INSTALL is split into words on purpose.
$install -q --require-hashes --no-deps -r requirements-runtime.lock
$install -q --no-deps --no-build-isolation .
