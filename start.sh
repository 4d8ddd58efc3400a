#!/bin/sh
# Sets Roundtable up where that is needed, then runs it. Arguments go to `roundtable`; without any it is `up`.
set -eu
cd "$(dirname "$0")"

scripts/python.sh requirements.lock
if [ ! -f .env ]; then
    (umask 077 && cp .env.example .env)
    echo "start: made .env from .env.example; put your keys there" >&2
fi

engine_elsewhere() { [ -n "$(.venv/bin/dotenv --file .env get DOCKER_HOST 2>/dev/null)" ]; }

[ $# -gt 0 ] || set -- up
case "$1" in
    up | run | evaluate)
        engine_elsewhere || scripts/engine.sh
        .venv/bin/roundtable sandbox build --if-outdated
        ;;
esac
exec .venv/bin/roundtable "$@"
