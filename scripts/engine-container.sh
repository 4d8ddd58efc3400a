#!/bin/sh
# Runs in the container `engine` of compose.yaml: a Docker engine that listens on a socket of its own, which only the
# group 10001, the bot's, may use. It has no bridge: sandboxes have no network, and builds use this container's.
set -eu

socket=/run/engine/docker.sock

# In a container with a cgroup namespace of its own (cgroup v2) no process may sit in the root while children have
# limits.
if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    mkdir -p /sys/fs/cgroup/engine
    while read -r process; do
        echo "$process" >/sys/fs/cgroup/engine/cgroup.procs || true
    done </sys/fs/cgroup/cgroup.procs
    sed -e 's/ / +/g' -e 's/^/+/' </sys/fs/cgroup/cgroup.controllers >/sys/fs/cgroup/cgroup.subtree_control
fi

rm -f "$socket" /var/run/docker.pid
exec dockerd --host="unix://$socket" --group=10001 --bridge=none --iptables=false --ip6tables=false "$@"
