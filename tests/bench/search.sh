#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Searches in a store of many records (search.c), on the real disk; in a network namespace of its own, so that no port is
# taken.
#   RECORDS=1000000 SEARCHES=100 search.sh     rows "search WHAT VALUE UNIT"
if [ "${SEARCH_INSIDE-}" != y ]; then
	users=(); [ "$(id -u)" = 0 ] || users=(--user --map-root-user)
	unshare "${users[@]}" --net true 2>/dev/null || { echo "skip: no network namespace here"; exit 77; }
	SEARCH_INSIDE=y exec unshare "${users[@]}" --net "$0" "$@"
fi
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${O:-build}")
work=$build/bench/search
own=${BENCHES_OWN:-$build/tests/bench}
server=$(realpath "${PROGRAMS:-$build}")/caltrop-server
[ -x "$server" ] || { echo "skip: caltrop-server is not built"; exit 77; }

ip link set lo up
rm -rf "$work"; mkdir -p "$work"
"$server" init --dir "$work/fleet" --name localhost >"$work/init" 2>&1 || { cat "$work/init"; exit 1; }
"$own/search" --server "$server" --dir "$work/fleet" --log "$work/log" --records "${RECORDS:-1000000}" \
	--tries "${SEARCHES:-100}" --port 8444
rc=$?
rm -rf "$work/fleet"
exit $rc
