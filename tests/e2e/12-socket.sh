#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A device without a syslog daemon: the guard itself takes what sshd sends to /dev/log.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
guard_conf <<-EOF
	[auth]
	files =
	syslog_socket = /dev/log
	[rule.brute_force]
	count = 3
EOF
guard_start
wait_for 5 "the guard listens" test -S /dev/log
sshd_start
for i in 1 2 3; do try attacker1 operator wrong$i & done
wait_for 10 "the ban" banned $ATTACKER1
ok "datagrams of sshd ban the attacker"

core=$(guard_pid); kill -STOP "$core" || fail "no core to stop"
for i in {1..40}; do logger -p auth.info -t test "message $i" & done
kill -CONT "$core"
check "whoever logs meanwhile is held up no longer than the guard stands still" \
	timeout 5 logger -p auth.info -t test after
