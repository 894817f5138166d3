#!/bin/sh
# Runs a program without a credential inside a network namespace whose default gateway serves tokens on port 9002, as in a
# machine. Needs the right to create namespaces; without it the test is skipped (exit 77). Usage: machine_gateway_test.sh EMULATOR
# COMMAND...
set -eu
emulator=$1
shift
machine=boxd-machine-$$
gateway=boxd-gateway-$$
scratch=$(mktemp -d)
pid=
finish() {
    [ -z "$pid" ] || kill "$pid" 2>/dev/null || true
    ip netns del "$machine" 2>/dev/null || true
    ip netns del "$gateway" 2>/dev/null || true
    rm -rf "$scratch"
}
trap finish EXIT
# Two namespaces and a virtual cable between them; the gateway's address is the machine's default route.
connect() {
    command -v ip >/dev/null && ip netns add "$machine" && ip netns add "$gateway" &&
        ip link add eth0 netns "$machine" type veth peer name eth0 netns "$gateway" &&
        ip -n "$gateway" addr add 10.77.0.1/24 dev eth0 && ip -n "$machine" addr add 10.77.0.2/24 dev eth0 &&
        ip -n "$gateway" link set lo up && ip -n "$gateway" link set eth0 up &&
        ip -n "$machine" link set lo up && ip -n "$machine" link set eth0 up &&
        ip -n "$machine" route add default via 10.77.0.1 && ip netns exec "$machine" true
}
connect 2>/dev/null || {
    echo "no right to make network name spaces: skipped"
    exit 77
}

ip netns exec "$gateway" "$emulator" --host 10.77.0.1 --allow-remote --port 0 --http-port 0 --metadata-port 9002 \
    --ready-file "$scratch/env" >"$scratch/out" 2>&1 &
pid=$!
while [ ! -f "$scratch/env" ]; do
    kill -0 "$pid" || { cat "$scratch/out"; exit 1; }
    sleep 0.05
done
env -u BOXD_API_KEY -u BOXD_TOKEN -u BOXD_API_URL -u BOXD_BASE_URL -u BOXD_EXCHANGE_URL -u BOXD_METADATA_URL BOXD_VM_NAME=web \
    http_proxy=http://127.0.0.1:1 ALL_PROXY=http://127.0.0.1:1 NO_PROXY= no_proxy= \
    ip netns exec "$machine" "$@" >"$scratch/said" # the gateway is never reached through a proxy
cat "$scratch/said"
grep -q "hello from C" "$scratch/said"
echo "1 passed, 0 failed"
