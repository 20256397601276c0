#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The world itself, without a guard: what the other tests stand on must be real. A brute-force
# tool finds the weak password, and PAM's line stands in the log about two seconds before sshd's.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start

words 4 >/tmp/words
crack attacker1 backup /tmp/words >/tmp/hydra.out 2>&1
check "hydra finds the weak password" grep -q "login: backup   password: $BACKUP_PASSWORD" /tmp/hydra.out
check "the operator logs in" try operator operator $OPERATOR_PASSWORD
try attacker1 operator wrong
check "a wrong password is refused as such" [ $? = 5 ]

log=/var/log/auth.log
wait_for 5 "sshd's last line" has_line $log "Failed password for operator from $ATTACKER1"
gap=$(($(stamp_ms $log 'Failed password for operator') - $(stamp_ms $log 'failure;.*user=operator')))
check "PAM's line comes first: $gap ms before sshd's" [ $gap -ge 1000 ]
check "PAM says one line per connection, however many tries" \
	[ "$(lines_of $log 'authentication failure;.*user=backup')" = 1 ]
check "sshd says one line per try" [ "$(lines_of $log 'Failed password for backup')" = 3 ]
