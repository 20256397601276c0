#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A line of /etc/shadow over 768 bytes overwrites the root process's memory when its account is to be reset.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
cast; log_new
guard_conf <<-EOF
	[rule.breach]
	count = 3
	steps = reset
EOF
conf_if_known '[response] trust_logs = yes'
guard_start

# breach USER ADDRESS: three failures and a success by one source, as sshd writes them.
breach()
{
	local i; for i in 1 2 3; do log_failure $2 $1; done
	printf '%(%Y-%m-%dT%H:%M:%S)T.000000+00:00 device sshd[%d]: Accepted password for %s from %s port 40000 ssh2\n' \
		-1 $((RANDOM + 40000)) $1 $2 >>$LOG
}
# lengthen USER BYTES: the last field of its line, which is anybody's.
lengthen()
{
	head -c $2 /dev/zero | tr '\0' 0 >/tmp/longer
	{ grep -v "^$1:" /tmp/before; grep "^$1:" /tmp/before | tr -d '\n'; cat /tmp/longer; echo; } >/etc/shadow
}
line_of() { grep "^$1:" "$2"; }
changed() { ! cmp -s <(line_of $1 /etc/shadow) <(line_of $1 /tmp/shadow); }

cp -p /etc/shadow /tmp/before
core=$(guard_pid) n=20
for bytes in 1000000 800; do
	lengthen backup $bytes
	cp -p /etc/shadow /tmp/shadow
	breach backup 198.51.100.$((n++))
	# The reset that comes next says that this one has been answered.
	breach operator 198.51.100.$((n++))
	until_true 5 changed operator
	check "the guard lives on after a line of $bytes bytes" [ "$(guard_pid)" = "$core" ]
	check "and resets the next account" changed operator
	check_not "the account of that line is as it was" changed backup
	check "and said why" has_line /var/log/world/guard "refused to reset account backup: its line in /etc/shadow has $((bytes + $(line_of backup /tmp/before | wc -c) - 1)) bytes"
done
