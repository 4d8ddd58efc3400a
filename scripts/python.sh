#!/bin/sh
# Makes .venv from a lock file, or does nothing when it is up to date. Usage: scripts/python.sh LOCK
set -eu

lock="$1"
stamp=".venv/installed"

say() { echo "python: $*" >&2; }
give_up() { say "$*"; exit 2; }

find_python() {
    for name in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
        if [ -n "$name" ] && "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    give_up "Python 3.11, 3.12 or 3.13 is needed and was not found; install one, or name it in PYTHON."
}

make_venv() {
    if "$1" -m venv --clear .venv >/dev/null 2>&1; then return; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing python3-venv"
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >&2
        "$1" -m venv --clear .venv && return
    fi
    give_up "$1 cannot make a virtual environment; install its venv module (Debian: sudo apt install python3-venv)."
}

# The kernel frees this lock when the last process that has it open ends, however that ends. macOS has no `flock`
# command, but Python is needed anyway.
lock_folder() { "$python" -c "import fcntl; fcntl.flock(9, fcntl.LOCK_EX | $1)" 2>/dev/null; }

wait_for_others() {
    lock_folder fcntl.LOCK_NB && return
    say "waiting for another start that sets this folder up"
    lock_folder 0 || say "this folder cannot be locked; let only one start set it up at a time"
}

is_up_to_date() { [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; }

wanted="$(cksum <"$lock") $(cksum <pyproject.toml) $PWD $lock"
if is_up_to_date; then exit 0; fi

python="$(find_python)"
exec 9>.venv.lock
wait_for_others
if is_up_to_date; then exit 0; fi

say "installing the locked dependencies of $lock (once, about a minute)"
make_venv "$python"
log=".venv/install.log"
if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$lock" >"$log" 2>&1 ||
    ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . >>"$log" 2>&1; then
    tail -n 15 "$log" >&2
    give_up "pip could not install the dependencies; see above, then run this again."
fi
echo "$wanted" >"$stamp"
