#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A kernel that names no process to whom watches files (here one that asks from a user namespace, where it answers as
# if it had no such fanotify), and no eBPF: files are watched all the same, by inotify, programs by looks, and health says
# which sources are used and what they do not tell.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
mkdir -p /etc/cron.d
guard_conf <<-END
	[files]
	enabled = yes
	[process]
	enabled = yes
	poll_interval = 1s
END
guard_start
[ "$(awk '{ print $3 }' /proc/self/uid_map | head -n 1)" != 4294967295 ] || skip "there is no user namespace here"
wait_for 10 "what is there is known" eval '[ "$(counter file_known)" -gt 10 ]'
check "health says that nobody is named, and why" health_says 'who changes files is not known in [1-9][0-9]* of [0-9]+ directories \(.+\)'
check "and by what programs are seen" health_says 'processes are looked at every 1 s only \(the kernel has no BTF'

before=$(counter file_changes)
echo '* * * * * root /tmp/x' >/etc/cron.d/x
changed() { [ "$(counter file_changes)" -gt "$before" ]; }
wait_for 10 "a change is told of" changed
check "and by whom it was is not made up" [ "$(counter file_by_unknown)" = "$(counter file_changes)" ]
sleep 600 &
table_has() { on device caltrop local table processes --json | jq -se "[.. | objects | select(.image)] | any($1)" >/dev/null; }
wait_for 10 "a program that runs for long enough" table_has ".pid == $! and .args == \"sleep 600\""
