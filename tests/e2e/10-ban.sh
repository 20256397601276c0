#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Guessing passwords gets the source banned: at the count that is set, not before, each try counted
# once, in the kernel before the attacker hears that the last one was wrong.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start; dropbear_start
guard_conf <<-EOF
	[rule.brute_force]
	count = 5
EOF
guard_start; monitor_start

# One password per connection: PAM's line comes at once, sshd's two seconds later.
for i in 1 2 3 4; do try attacker1 operator wrong$i & tries+=" $!"; done
for t in $tries; do wait $t; check "wrong password, answered" [ $? = 5 ]; done
wait_for 5 "sshd's lines of four tries" has_lines $LOG "Failed password.* $ATTACKER1 " 4
check "four tries leave eight lines and no ban" not_banned $ATTACKER1
try attacker1 operator wrong5 & fifth=$!
wait_for 5 "the fifth bans" banned $ATTACKER1
ok "the fifth bans, seen in the kernel"
answered() { has_lines $LOG "Failed password.* $ATTACKER1 " 5; }
wait_for 5 "sshd's answer to the fifth" answered
lead=$(($(stamp_ms $LOG "Failed password.* $ATTACKER1 ") - $(banned_us $ATTACKER1) / 1000))
check "the ban stood $lead ms before sshd had the answer" [ $lead -ge 500 ]
# All tries in one connection: PAM says one line for all of them, sshd one for each.
words 12 >/tmp/words
crack attacker2 backup /tmp/words >/tmp/hydra 2>&1 & hydra=$!
try attacker1 operator $OPERATOR_PASSWORD
check "its next connection times out, right password or not" [ $? = 110 ]
check "others still come in" try operator operator $OPERATOR_PASSWORD

wait_for 40 "the other attacker is banned" banned $ATTACKER2
check "at the fifth try of one connection" has_lines $LOG "Failed password.* $ATTACKER2 " 5
kill $hydra
check_not "and its open connection is dead" \
	until_true 4 has_lines $LOG "(Failed|Accepted) password.* $ATTACKER2 " 6
wait $fifth
check "the fifth of the first attacker is never answered" [ $? = 124 ]

# The operator's address may fail as often as it likes.
tries=; for i in 1 2 3 4 5 6; do try operator operator wrong$i & tries+=" $!"; done
wait $tries
wait_for 5 "sshd's lines of six tries" has_lines $LOG "Failed password.* $OPERATOR " 6
check "an address in never_ban is not banned" not_banned $OPERATOR
check "and comes in" try operator operator $OPERATOR_PASSWORD

# IPv6, and another server: dropbear does not use PAM.
export SSH_PORT=2222 SSH_HOST=$DEVICE6
on attacker6 ip addr add ${ATTACKER6%::*}::beef/32 dev eth0 nodad
for i in 1 2 3 4; do try attacker6 root wrong$i; done
try attacker6 root wrong5 &
wait_for 5 "the IPv6 network is banned" banned ${ATTACKER6%::*}::/64
ok "five tries at dropbear over IPv6 ban the /64"
check_not "all of it" connects attacker6 $DEVICE6
for a in $ATTACKER1 $ATTACKER2 ${ATTACKER6%::*}::; do
	check "$a was banned once" [ "$(times_banned $a)" = 1 ]
done
