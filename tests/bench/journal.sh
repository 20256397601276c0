#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# What it costs that systemd's real journald stands between a line and the guard (journal.c). The journal as the only
# source: from the line to the drop, beside `journalctl -f`, which is another reader of the same journal and hears of the
# same lines. And journald's forwarded datagrams, the faster way: from the line to the drop, in turns with a line that
# is written to a log file.
#   TRIES=400 journal.sh     rows "journal WHAT n p50 p90 p99 max missed" in microseconds
. "$(dirname "$0")/lib.sh"
WORLD_USERNS=no		# journald wants cgroups
world_enter "$@"
needs journalctl stdbuf
TRIES=${TRIES:-400}
host device $DEVICE $DEVICE6
on_disk /var/lib /var/log
log_new

# measure TRIES GAP_MS FIRST [OPTION OF journal]...
measure()
{
	local tries=$1 gap=$2 first=$3; shift 3
	on device "$BENCHES/journal" --socket /run/systemd/journal/dev-log --tries "$tries" --gap-ms "$gap" --first "$first" "$@" |
		sed 's/^/journal /'
}

# guard_reads [KEY = VALUE of [auth]]...: a guard that bans at the first failure.
guard_reads()
{
	{ printf '[auth]\n'; printf '%s\n' "$@"; cat; } <<-CONF | guard_conf
	[response]
	mode = enforce
	bans_per_minute = 1000000
	[rule.brute_force]
	count = 1
	window = 10m
	CONF
	guard_start
}

rc=0
journald_start ForwardToSyslog=no RateLimitIntervalSec=0
guard_reads 'files =' 'journal = yes'
mkfifo /tmp/followed
start journalctl on device sh -c 'exec journalctl -q -f -n 0 -o cat >/tmp/followed'
measure $((TRIES / 4)) 100 198.18.0.1 </tmp/followed || rc=1
stop journalctl; stop guard; stop journald

journald_start ForwardToSyslog=yes RateLimitIntervalSec=0
guard_reads "files = $LOG" 'journal = yes' 'syslog_socket = /run/systemd/journal/syslog'
measure "$TRIES" 5 198.19.0.1 --file $LOG || rc=1
exit $rc
