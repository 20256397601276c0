#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same attack as other syslog daemons write it down: classic time stamps, and BusyBox's own way.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
guard_conf </dev/null
for format in classic busybox; do
	syslog_start $format; sshd_start; guard_start
	case $format in classic) from=attacker1 addr=$ATTACKER1 ;; *) from=attacker2 addr=$ATTACKER2 ;; esac
	for i in 1 2 3 4 5; do try $from operator wrong$i & tries+=" $!"; done
	wait_for 10 "a ban from $format logs" banned $addr
	wait $tries; tries=
	ok "$format: $(grep -m 1 'rhost=' $LOG)"
	stop guard; stop sshd; stop syslog; rm -f /dev/log
done
