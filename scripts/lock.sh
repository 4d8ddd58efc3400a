#!/bin/sh
# Writes the lock files anew from pyproject.toml, for every supported Python and platform. Needs uv.
set -eu
cd "$(dirname "$0")/.."

compile() { uv pip compile --quiet pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header "$@"; }

compile --group build -o requirements.lock
compile --group build --group dev -c requirements.lock -o requirements-dev.lock
