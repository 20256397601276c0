#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A rule limits the address that it found, and no address of never_ban; in quiet hours it does not.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
conf() { guard_conf <<-EOF
	trust_logs = yes
	limit_rate = 25
	$1
	[rule.brute_force]
	count = 1
	steps = limit
EOF
}
conf ''
guard_start
limited() { on device nft list table inet caltrop_limit 2>/dev/null | grep -q "saddr $1 limit rate over 25/second"; }

log_failure $ATTACKER1
wait_for 5 "it is limited" limited $ATTACKER1
ok "the attacker is limited"
check "root sees it" eval "on device caltrop local effects --json | jq -e '.items[] | select(.verb == \"limit\")' >/dev/null"
log_failure $OPERATOR
wait_for 5 "never_ban is spared" has_line /var/log/world/guard "limit refused: .*never_ban covers $OPERATOR"
ok "never_ban is spared"
stop guard KILL
check "a dead guard leaves it" limited $ATTACKER1

# All day.
conf 'quiet_hours = 00:00-00:00'
guard_start
check "a guard that starts keeps it" limited $ATTACKER1
log_failure $ATTACKER2
wait_for 5 "its receipt" has_line /var/log/world/guard 'limit refused: .*quiet_hours last until 00:00'
check_not "in quiet hours nobody else is limited" limited $ATTACKER2
conf 'quiet_hours = 00:00-00:00 reset'
stop guard; guard_start
log_failure 198.51.100.33
wait_for 5 "it is limited" limited 198.51.100.33
ok "steps that are not named have no quiet hours"
