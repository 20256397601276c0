#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the guard costs while nothing happens, and after a million lines: 300,000 failures from 500 addresses, and then
# as many from 62,500, which is what fills its tables.
#   SECONDS_IDLE=60 LINES_MANY=1000000 rest.sh     rows "rest WHAT VALUE UNIT"
. "$(dirname "$0")/lib.sh"
world_enter "$@"
idle=${SECONDS_IDLE:-60} many=${LINES_MANY:-1000000}
host device $DEVICE $DEVICE6
on_disk /var/lib /usr/local	# programs on a file system in memory would count as memory of their own
log_new

# A process that is only what the guard is made of (floor_bare.c), before there is a guard to share pages with.
if [ "$FLOOR" != n ] && [ -x "$BENCHES/floor_bare" ]; then
	"$BENCHES/floor_bare" >/tmp/bare & bare=$!
	wait_for 5 "the bare process is ready" grep -q ready /tmp/bare
	echo "rest bare_pss $(pss_kib $bare) KiB"
	echo "rest bare_private_dirty $(private_kib $bare) KiB"
	kill $bare; wait $bare
fi

guard_bench <<-CONF
	bans_per_minute = 1000000
CONF
hz=$(getconf CLK_TCK)
ticks() { cat $(printf '/proc/%s/stat ' $(guard_pids)) | awk '{ s += $14 + $15 } END { print s }'; }
# How often a thread slept and was woken; being interrupted by others is not its doing.
woken() { local p; for p in $(guard_pids); do cat /proc/$p/task/*/status; done | awk '/^voluntary/ { s += $2 } END { print s }'; }
lines_read() { [ "$(on device caltrop local status --json | jq .lines)" -ge "$1" ]; }

# lines N ADDRESSES: a log in which three of ten lines are failures.
lines()
{
	awk -v n="$1" -v a="$2" -v now="$(date '+%b %e %H:%M')" 'BEGIN {
		for (i = 0; i < n; i++) {
			if (i % 10 < 3) {
				s = int(i / 10) % a
				printf now ":%02d host sshd[%d]: Failed password for invalid user u%d from 198.18.%d.%d port %d ssh2\n",
					i % 60, i % 30000 + 100, i % 500, s / 250, s % 250 + 1, i % 60000 + 1024
			} else
				printf now ":%02d host CRON[%d]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)\n",
					i % 60, i % 30000 + 100
		}
	}'
}

sleep 10	# the rest it is to be measured at, not a wait for an event
echo "rest pss_start $(pss_kib $(guard_pids)) KiB"
echo "rest rss_start $(sum_of smaps_rollup '^Rss:$' $(guard_pids)) KiB"	# what both share counts twice
echo "rest private_dirty_start $(private_kib $(guard_pids)) KiB"
s=$(woken) t=$(ticks)
sleep "$idle"
echo "rest wakeups_per_minute $((($(woken) - s) * 60 / idle)) wake-ups"
echo "rest cpu_idle $(awk -v t=$(($(ticks) - t)) -v s="$idle" -v hz="$hz" 'BEGIN { printf "%.4f", t * 100 / hz / s }') %"

lines "$many" 500 >/tmp/lines
t=$(ticks) start=$(now_ms)
cat /tmp/lines >>$LOG
wait_for 120 "all lines read" lines_read "$many"
echo "rest many_lines_ms $(($(now_ms) - start)) ms"
echo "rest many_lines_cpu $((($(ticks) - t) * 1000 / hz)) ms"
echo "rest pss_after $(pss_kib $(guard_pids)) KiB"
lines "$many" 62500 >>$LOG
wait_for 120 "all lines of many addresses read" lines_read $((many * 2))
echo "rest pss_many_addresses $(pss_kib $(guard_pids)) KiB"
