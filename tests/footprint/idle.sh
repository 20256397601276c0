#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the guard that runs here takes while nothing happens: PSS of both processes, what nobody shares, both KiB, and how
# often they slept and were woken in a minute; "-" where WHOLE=1 says that the guard looks at the whole machine, and more
# programs began on it than this script's own. First it waits until they are at rest, a minute and a half at most.
#   [WHOLE=1] idle.sh SECONDS     one line of three numbers
seconds=$1
sum() { for p in $pids; do cat "/proc/$p/smaps_rollup"; done | awk -v what="$1:" '$1 == what { s += $2 } END { print s + 0 }'; }
# Being interrupted by others is not its doing.
woken() { for p in $pids; do cat "/proc/$p"/task/*/status; done | awk '/^voluntary/ { s += $2 } END { print s + 0 }'; }
begun() { sed -n 's/^processes //p' /proc/stat; }
look() { pids=$(pidof caltropd caltrop-core); state="$pids $(sum Private_Dirty)"; }

for _ in 1 2 3 4 5 6 7 8 9; do
	look; was=$state before=$(woken)
	sleep 10
	look
	[ "$state" != "$was" ] || [ $(($(woken) - before)) -gt 6 ] || break
done
others=$(begun) before=$(woken)
sleep "$seconds"
after=$(woken) others=$(($(begun) - others))
[ "$pids" = "$(pidof caltropd caltrop-core)" ] || exit 1
often=$(((after - before) * 60 / seconds))
[ "${WHOLE-}" != 1 ] || [ $others -lt 20 ] || often=-
echo "$(sum Pss) $(sum Private_Dirty) $often"
