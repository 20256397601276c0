#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A vendor's own program is decoded by three lines of settings, and a forged name bans nobody else; a file that is not
# in the format which the settings declare is not read, and health says so; a pattern that could be forged starts no guard.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
log_new
tell() { echo "$(date +'%b %e %H:%M:%S') device $*" >>"$LOG"; }

acme="[decoder acme]
program = acmed
outcome = failure
"
guard_conf <<<"$acme"'pattern = ^login failed for <user> from <src>: .*$'
check_not "a pattern that could be forged is refused" caltropd --check-config --config "$CONF" 2>/tmp/said
check "  with file, line and reason" has_line /tmp/said "^$CONF:[0-9]+: \[decoder acme\] pattern: it is ambiguous"

guard_conf <<<"$acme"'pattern = ^login failed for <user> from <src>$'
guard_start
for i in 1 2 3 4 5; do tell "acmed[7]: login failed for x from $ATTACKER2 from $ATTACKER1"; done
wait_for 10 "a ban by the vendor's log" banned "$ATTACKER1"
check "the forged address is not banned" not_banned "$ATTACKER2"
stop guard

guard_conf <<<"[file $LOG]
format = json"
guard_start
for i in 1 2 3 4 5; do tell "sshd[8]: Failed password for root from $ATTACKER2 port 4000$i ssh2"; done
wait_for 20 "health names the file" health_says "$LOG is not in the format that \[file\]"
check "its lines are not read" not_banned "$ATTACKER2"
