#!/bin/sh
# Sees to a Docker engine: uses the one that answers, else installs and starts Debian's. Safe to call again.
# Exit code 0: `docker info` works. Exit code 2: it does not, and one sentence on stderr says what to do.
set -eu

cache="${XDG_CACHE_HOME:-$HOME/.cache}/roundtable"
log="$cache/dockerd.log"
wait_seconds=60

answers() { docker info >/dev/null 2>&1; }
say() { echo "engine: $*" >&2; }
give_up() { say "$*"; exit 2; }

may_change_this_machine() {
    if [ -t 0 ] && [ -z "${CI:-}" ]; then
        printf 'No Docker engine answers. %s? [y/N] ' "$1" >&2
        read -r reply
        case "$reply" in [yY]*) ;; *) give_up "nothing was changed; start Docker yourself, then try again." ;; esac
    fi
}

refuse_what_cannot_be_helped() {
    [ -z "${DOCKER_HOST:-}" ] || give_up "DOCKER_HOST is set to $DOCKER_HOST, but no engine answers there."
    if [ "$(uname -s)" != Linux ]; then give_up "no Docker engine answers; start Docker Desktop, then try again."; fi
    if [ -S /var/run/docker.sock ] && [ "$(id -u)" != 0 ] && [ ! -w /var/run/docker.sock ]; then
        give_up "you may not use /var/run/docker.sock; run: sudo usermod -aG docker $(id -un), then log in again."
    fi
    if [ "$(id -u)" != 0 ]; then
        give_up "no Docker engine answers; start it (sudo systemctl start docker) or install it, then try again."
    fi
}

install_engine() {
    command -v dockerd >/dev/null && command -v docker >/dev/null && return
    command -v apt-get >/dev/null || give_up "no Docker engine is installed; install one, then try again."
    may_change_this_machine "Install Debian's docker.io and start dockerd"
    say "installing Debian's docker.io"
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        docker.io iptables ca-certificates >&2 || give_up "apt-get could not install docker.io; see above."
}

dockerd_runs() {
    [ -r /var/run/docker.pid ] && [ -d "/proc/$(cat /var/run/docker.pid)" ]
}

start_engine() {
    if dockerd_runs; then return; fi
    if [ -d /run/systemd/system ] && systemctl start docker >&2; then return; fi
    say "starting dockerd; it stays running, its log is $log"
    setsid nohup dockerd >>"$log" 2>&1 </dev/null 9>&- &
}

wait_for_engine() {
    tries=0
    until answers; do
        tries=$((tries + 1))
        if [ "$tries" -gt $((wait_seconds * 5)) ]; then
            tail -n 5 "$log" >&2 2>/dev/null || true
            give_up "dockerd did not answer within $wait_seconds s; its log is $log"
        fi
        sleep 0.2
    done
}

if answers; then exit 0; fi
refuse_what_cannot_be_helped
mkdir -p "$cache"
exec 9>"$cache/engine.lock"
if command -v flock >/dev/null; then flock 9; fi
if answers; then exit 0; fi
install_engine
start_engine
wait_for_engine
