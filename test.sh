#!/bin/sh
# Sets up what the tests need, then runs all of them. --long adds benches, fuzzing and galleries.
set -eu
cd "$(dirname "$0")"

long=""
if [ "${1:-}" = "--long" ]; then
    long=1
    shift
fi

scripts/python.sh requirements-dev.lock
scripts/engine.sh
scripts/debian.sh chromium curl postgresql
.venv/bin/roundtable sandbox build --if-outdated

.venv/bin/ruff format --check .
.venv/bin/ruff check .
.venv/bin/mypy
if [ -n "$long" ]; then
    for file in bench/[a-z]*.py; do
        bench=$(basename "$file" .py)
        echo "== $bench"
        .venv/bin/python -m "bench.$bench"
    done
    exec .venv/bin/python -m pytest --hypothesis-profile=long "$@"
fi
# A file stays in one process, for its tests share what is slow to set up.
exec .venv/bin/python -m pytest -m "not long" -n 2 --dist loadfile "$@"
