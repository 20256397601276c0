#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What the guard costs while nothing happens, and after a million lines. In a world of its own making.
#   rest.sh     rows "rest WHAT VALUE UNIT"
SECONDS_IDLE=${SECONDS_IDLE:-60}
LINES_MANY=${LINES_MANY:-1000000}
. "$(dirname "$0")/../e2e/lib.sh"
world_enter "$@"

log=/var/log/auth.log
: >$log; chown root:adm $log; chmod 640 $log
host device $DEVICE $DEVICE6
cat >/etc/caltrop.conf <<-CONF
	[guard]
	state_dir = /var/lib/caltrop
	run_dir = /run/caltrop
	[auth]
	files = $log
	[response]
	mode = enforce
	CONF
start guard on device caltropd -c /etc/caltrop.conf
wait_for 10 "the guard answers" caltrop local status -c /etc/caltrop.conf

guards() { pgrep -x 'caltropd|caltrop-core'; }
pss() { cat $(printf '/proc/%s/smaps_rollup ' $(guards)) | awk '/^Pss:/ { s += $2 } END { print s }'; }
private() { cat $(printf '/proc/%s/smaps_rollup ' $(guards)) | awk '/^Private_Dirty:/ { s += $2 } END { print s }'; }
switches() { cat $(printf '/proc/%s/status ' $(guards)) | awk '/ctxt_switches/ { s += $2 } END { print s }'; }
ticks() { cat $(printf '/proc/%s/stat ' $(guards)) | awk '{ s += $14 + $15 } END { print s }'; }

echo "rest pss_start $(pss) KiB"
echo "rest private_dirty_start $(private) KiB"
s=$(switches) t=$(ticks)
sleep "$SECONDS_IDLE"		# measuring idleness takes time, nothing is waited for
echo "rest wakeups_per_minute $((($(switches) - s) * 60 / SECONDS_IDLE)) switches"
echo "rest cpu_idle $(awk -v t=$(($(ticks) - t)) -v s="$SECONDS_IDLE" -v hz="$(getconf CLK_TCK)" \
	'BEGIN { printf "%.4f", t * 100 / hz / s }') %"
before=$(ticks) start=$(now_ms)
awk -v n="$LINES_MANY" 'BEGIN {
	for (i = 0; i < n; i++) {
		if (i % 10 < 3)
			printf "Nov 22 12:00:%02d host sshd[%d]: Failed password for invalid user u%d from 198.18.%d.%d port %d ssh2\n",
				i % 60, i % 30000 + 100, i % 500, i / 250 % 250, i % 250, i % 60000 + 1024
		else
			printf "Nov 22 12:00:%02d host CRON[%d]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)\n",
				i % 60, i % 30000 + 100
	}
}' >>$log
wait_for 60 "all lines read" sh -c "[ \"\$(caltrop local status --json -c /etc/caltrop.conf | jq -r '[.. | .lines? // empty][0]')\" -ge $LINES_MANY ]"
echo "rest many_lines $LINES_MANY lines"
echo "rest many_lines_ms $(($(now_ms) - start)) ms (the writer included)"
echo "rest many_lines_cpu $(awk -v t=$(($(ticks) - before)) -v hz="$(getconf CLK_TCK)" 'BEGIN { print t * 1000 / hz }') ms"
echo "rest pss_after $(pss) KiB"
