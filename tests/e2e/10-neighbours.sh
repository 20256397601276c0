#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# When many addresses of a network attack, the network is banned whole, also over a crash, and lifted as any other ban;
# one from which somebody logged in is not.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new; sshd_start
guard_conf <<-EOF
	ban_neighbours = 8
	ban_neighbours_quiet = 2s
	[rule.brute_force]
	count = 1
EOF
guard_start
sleep 2.1	# for so long it has to have watched

whole() { on device nft get element inet caltrop ban4_24 "{ $1 }" >/dev/null 2>&1; }
# Up to that many of 198.51.100.0/24, of which the attackers are.
attack() { local i; for ((i = $1; i <= $2; i++)); do log_failure 198.51.100.$i; wait_for 5 "a ban of .$i" eval "banned 198.51.100.$i || whole 198.51.100.0"; done; }

attack 101 107
check_not "seven are not enough" whole 198.51.100.0
check "so who has not attacked comes in" connects attacker1
attack 108 108
check "with the eighth the network is banned" whole 198.51.100.0
check_not "and who has not attacked is kept out" connects attacker1
check "it counts as one ban of a network" [ "$(counter networks_banned)" = 1 ]
check "why says explain" eval "on device caltrop local explain $ATTACKER1 | grep -q '198.51.100.0/24'"
check "the operator comes in" connects operator

stop guard KILL
guard_start
listed() { on device caltrop local bans | grep -q '198.51.100.0/24'; }
wait_for 5 "it is listed after a crash" listed
check "and in force" whole 198.51.100.0
check "lifted" on device caltrop local unban 198.51.100.0/24
check_not "it is not in force any more" whole 198.51.100.0
check "and attackers' neighbours come in" connects attacker1

# Somebody is at home in this network.
printf '%(%Y-%m-%dT%H:%M:%S)T.000000+00:00 device sshd[4711]: Accepted password for bob from 203.0.113.200 port 40000 ssh2\n' -1 >>$LOG
for i in {101..110}; do log_failure 203.0.113.$i; wait_for 5 "a ban of .$i" banned 203.0.113.$i; done
check_not "a network somebody logged in from is not banned" whole 203.0.113.0
check "which is counted" [ "$(counter networks_spared)" -ge 1 ]
