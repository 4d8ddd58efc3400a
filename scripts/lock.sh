#!/bin/sh
# Writes the lock files anew. Roundtable's own are for every supported Python on Linux and macOS, x86-64 and arm64;
# the sandbox's is for its image: Python 3.11 on Linux, x86-64 and arm64. Needs uv.
# What is locked stays as it is; `scripts/lock.sh --upgrade` takes the newest version of everything.
set -eu
cd "$(dirname "$0")/.."

compile() { uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header "$@"; }

compile pyproject.toml --universal --group build -o requirements.lock "$@"
compile pyproject.toml --universal --group build --group dev -c requirements.lock -o requirements-dev.lock "$@"
compile bot/sandbox/requirements.in --python-platform linux -o bot/sandbox/requirements.lock "$@"
