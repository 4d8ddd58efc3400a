#!/bin/sh
# Writes the lock files anew. Roundtable's own are for every supported Python on Linux and macOS, x86-64 and arm64;
# the sandbox's are for its images: Python 3.11 on Linux, x86-64 and arm64, wheels only. Needs uv.
# What is locked stays as it is; `scripts/lock.sh --upgrade` takes the newest version of everything.
set -eu
cd "$(dirname "$0")/.."

compile() { uv pip compile --quiet --python-version 3.11 --generate-hashes --no-header "$@"; }
compile_sandbox() { compile --python-platform linux --only-binary :all: "$@"; }

compile pyproject.toml --universal --group build -o requirements.lock "$@"
compile pyproject.toml --universal --group build --group dev -c requirements.lock -o requirements-dev.lock "$@"
cd bot/sandbox
compile_sandbox requirements.in -o requirements.lock "$@"
compile_sandbox requirements-small.in -c requirements.lock -o requirements-small.lock "$@"
python3 ../../scripts/list_packages.py
