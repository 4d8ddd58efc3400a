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

refuse_what_cannot_be_helped() {
    [ -z "${DOCKER_HOST:-}" ] || give_up "DOCKER_HOST is set to $DOCKER_HOST, but no engine answers there."
    context=default
    if command -v docker >/dev/null; then
        context="$(docker context inspect --format '{{.Name}}' 2>/dev/null)" || context="${DOCKER_CONTEXT:-that is set}"
    fi
    [ "$context" = default ] ||
        give_up "no engine answers in the Docker context $context; start it, or run: docker context use default"
    [ "$(uname -s)" = Linux ] ||
        give_up "no Docker engine answers; install Docker Desktop or Colima with the docker command, and start it."
    if [ -S /var/run/docker.sock ] && [ ! -w /var/run/docker.sock ]; then
        give_up "you may not use /var/run/docker.sock; run: sudo usermod -aG docker $(id -un), then log in again."
    fi
    [ "$(id -u)" = 0 ] || give_up "no Docker engine answers; run: sudo $0"
}

installed() { command -v dockerd >/dev/null && command -v docker >/dev/null; }

runs() { [ "$(cat "/proc/$(cat /var/run/docker.pid 2>/dev/null || echo none)/comm" 2>/dev/null)" = dockerd ]; }

ask() {
    [ -t 0 ] && [ -z "${CI:-}" ] || return 0
    if installed; then what="Start dockerd"; else what="Install Debian's docker.io and start dockerd"; fi
    printf 'No Docker engine answers. %s on this machine? [y/N] ' "$what" >&2
    read -r reply
    case "$reply" in
        [yY]*) ;;
        *) give_up "nothing was changed; start Docker yourself, then try again." ;;
    esac
}

install_engine() {
    command -v apt-get >/dev/null || give_up "no Docker engine is installed; install one, then try again."
    say "installing Debian's docker.io"
    apt-get update -qq >&2
    packages="docker.io iptables ca-certificates"
    if apt-cache show docker-cli >/dev/null 2>&1; then packages="$packages docker-cli"; fi
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2 ||
        give_up "apt-get could not install docker.io; see above."
}

start_engine() {
    if [ -d /run/systemd/system ] && systemctl start docker >&2; then return; fi
    say "starting dockerd; it stays running, its log is $log"
    setsid nohup dockerd >>"$log" 2>&1 </dev/null 9>&- &
}

wait_for_engine() {
    tries=0
    until answers; do
        tries=$((tries + 1))
        if [ "$tries" -gt $((wait_seconds * 5)) ]; then
            tail -n 5 "$log" >&2 || true
            give_up "dockerd does not answer after $wait_seconds s; its log is $log"
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
if ! runs; then
    ask
    installed || install_engine
    answers || runs || start_engine # the package may have started it
fi
wait_for_engine
