#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who comes back when the ban has run out is banned for twice as long, also by a guard that was started again meanwhile.
# Who was let in by the operator is not.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
guard_conf <<-EOF
	ban_time = 3s
	ban_time_max = 30s
	[rule.brute_force]
	count = 1
EOF
guard_start
attack() { log_failure $ATTACKER1; wait_for 5 "a ban" banned $ATTACKER1; lasts=$(expires_ms $ATTACKER1); }
between() { [ "$lasts" -gt "$1" ] && [ "$lasts" -le "$2" ]; }

attack
check "the first ban lasts 3 s at most ($lasts ms)" between 0 3000
wait_for 10 "its end" not_banned $ATTACKER1
attack
check "the second is twice as long ($lasts ms)" between 3000 6000
stop guard
wait_for 15 "the kernel ends it without a guard" not_banned $ATTACKER1
guard_start
attack
check "the third one is four times as long ($lasts ms)" between 6000 12000
check "lifted" on device caltrop local unban $ATTACKER1
attack
check "who was let in again is as good as new ($lasts ms)" between 0 3000
