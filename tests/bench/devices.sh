#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The service under many simulated devices (devices.c), on the real disk, because durable is what is measured; in a
# network namespace of its own, so that no port is taken and nobody else's connections are counted. Before it, what the
# TLS library takes alone (floor_tls.c), and what an order to all costs without network (floor_fan.c).
#   COUNT=10000 INGEST_SECONDS=5 ENROLL=200 devices.sh     rows "devices WHAT VALUE UNIT"
if [ "${DEVICES_INSIDE-}" != y ]; then
	users=(); [ "$(id -u)" = 0 ] || users=(--user --map-root-user)
	unshare "${users[@]}" --net true 2>/dev/null || { echo "skip: no network namespace here"; exit 77; }
	DEVICES_INSIDE=y exec unshare "${users[@]}" --net "$0" "$@"
fi
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${O:-build}")
work=$build/bench/devices
own=${BENCHES_OWN:-$build/tests/bench}
server=$(realpath "${PROGRAMS:-$build}")/caltrop-server
[ -x "$server" ] || { echo "skip: caltrop-server is not built"; exit 77; }
ulimit -n "$(ulimit -Hn)"
count=${COUNT:-10000}
[ "$(ulimit -n)" -ge $((count + 100)) ] || { echo "skip: $(ulimit -n) open files are too few for $count devices"; exit 77; }

ip link set lo up
rm -rf "$work"; mkdir -p "$work"
"$server" init --dir "$work/fleet" --name localhost >"$work/init" 2>&1 || { cat "$work/init"; exit 1; }
if [ "${FLOOR-y}" != n ]; then
	"$build/tests/bench/floor_tls" && "$build/tests/bench/floor_fan" "$work/fan.db" "$count" || exit 1
fi
"$own/devices" --server "$server" --dir "$work/fleet" --log "$work/log" --count "$count" \
	--seconds "${INGEST_SECONDS:-5}" --enroll "${ENROLL:-200}"
rc=$?
[ $rc = 0 ] && rm -rf "$work/fleet"
exit $rc
