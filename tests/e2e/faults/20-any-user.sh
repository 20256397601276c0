#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Any local user drives the guard: with logger(1), or at its syslog socket, he has addresses banned and accounts reset.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
useradd -m alice || fail "no account"; echo "alice:$OPERATOR_PASSWORD" | chpasswd
guard_conf <<-EOF
	[auth]
	syslog_socket = /run/caltrop-log
	[rule.breach]
	count = 3
	steps = ban reset logout
EOF
guard_start
wait_for 5 "the guard listens" test -S /run/caltrop-log
hash=$(grep '^alice:' /etc/shadow)
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
forge() { as_nobody logger ${2-} -p auth.info -t "sshd[$((30000 + RANDOM))]" "$1"; }
banned_anybody() { on device nft list set inet caltrop ban4 2>/dev/null | grep -q expires; }

for i in 1 2 3 4 5; do
	forge "Failed password for root from 198.51.100.66 port 4$i ssh2" "-u /run/caltrop-log"
	forge "Failed password for alice from $ATTACKER1 port 4$i ssh2" "-u /run/caltrop-log"
done
forge "Accepted password for alice from $ATTACKER1 port 46 ssh2" "-u /run/caltrop-log"
until_true 2 banned_anybody && fail "lines of uid 65534 at the guard's socket have an address banned"
ok "lines of uid 65534 at the guard's socket do nothing"
check "and are counted" health_says '"syslog_not_root"[^}]*[^0-9]11[^0-9]'
# Root's are taken: sshd logs there on a device without a syslog daemon.
for i in 1 2 3 4 5; do
	logger -u /run/caltrop-log -p auth.info -t "sshd[4$i]" "Failed password for root from 198.51.100.67 port 4$i ssh2"
done
wait_for 5 "lines of root still count" banned 198.51.100.67
ok "lines of root still count"

# Through the log file nobody can tell them from sshd's: a ban, but nothing against the account.
for i in 1 2 3 4 5; do forge "Failed password for alice from $ATTACKER2 port 4$i ssh2"; done
wait_for 5 "the forged lines" has_lines $LOG "Failed password for alice from $ATTACKER2" 5
# Hers would be banned by now, so she logs in from an address that never is.
for i in 1 2 3; do forge "Failed password for alice from $OPERATOR port 5$i ssh2"; done
wait_for 5 "the forged lines" has_lines $LOG "Failed password for alice from $OPERATOR" 3
check "alice logs in, really" try operator alice $OPERATOR_PASSWORD
has_breach() { on device caltrop local incidents | grep -q breach; }
wait_for 5 "the breach is an incident" has_breach
until_true 12 has_line /var/log/world/guard "reset refused.*only log files" ||
	fail "her password is reset, or nobody says why it is not"
ok "the guard says why it leaves the account alone"
check "her password is what it was" [ "$hash" = "$(grep '^alice:' /etc/shadow)" ]
check "and still lets her in" try operator alice $OPERATOR_PASSWORD
