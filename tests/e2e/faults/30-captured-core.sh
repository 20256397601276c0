#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A captured core gets what no rule asks for: resets, daemons killed, long and wide bans, more bans than the budget.

. "$(dirname "$0")/../lib.sh"
needs_helper hostile_core
world_enter "$@"
cast; log_new

# captured SETTINGS <<EOF: a guard with those settings whose core asks for the lines of standard input.
captured()
{
	cat >/tmp/hostile; chmod 644 /tmp/hostile
	: >/var/log/world/guard
	printf '[guard]\ncore = %s\n%s\n' "$hostile_core" "$1" | guard_conf
	start guard on device caltropd -c $CONF
	wait_for 15 "the hostile core is done" has_line /var/log/world/guard "hostile: done"
}
said() { has_line /var/log/world/guard "hostile: refused to $1"; }
# works USER: a process of that user; its number is in PID_work_UID.
works() { start work_$(id -u $1) setpriv --reuid $1 --clear-groups sleep 600; }
alive() { local pid=PID_work_$(id -u $1); kill -0 ${!pid} 2>/dev/null; }
elements() { on device nft list set inet caltrop $1 2>/dev/null | grep -o 'expires' | wc -l; }

for user in sshd caltrop-server operator backup; do works $user; done
cp -p /etc/shadow /tmp/shadow
captured '' <<-EOF
	reset operator breach
	reset backup breach
	reset root breach
	logout sshd breach
	logout caltrop-server breach
	logout operator brute_force
	ban 198.51.100.0/24 600 brute_force
	ban 198.51.100.30/32 2592000 brute_force
	ban 198.51.100.31/32 600 imaginary
	flood 1300 600 brute_force
EOF
check "with the default settings no account is reset" cmp /etc/shadow /tmp/shadow
for user in sshd caltrop-server operator; do check "and $user works on" alive $user; done
check "no network is banned" [ $(elements ban4_24) = 0 ]
check_not "nothing is banned for a month" banned 198.51.100.30
check_not "nor for a rule that is none" banned 198.51.100.31
check "1200 bans are made and not one more" [ $(elements ban4) = 1200 ]
check "the receipts say why" eval 'said "reset account backup: .reset. is not among the steps of rule breach" &&
	said "ban 198.51.100.0/24: rules ask for /32" && said "ban 198.51.100.30: .* 86400 s at most" &&
	said "ban 198.51.100.31: there is no rule .imaginary."'
stop guard

# Steps that may be taken are taken for accounts that log in, and only for those.
captured '[rule.breach]
steps = ban reset logout' <<-EOF
	logout sshd breach
	logout caltrop-server breach
	logout caltrop breach
	reset root breach
	logout backup breach
EOF
for user in sshd caltrop-server operator; do check "where the rule may end sessions, $user works on" alive $user; done
check_not "and who was to go is gone" alive backup
check "the receipts say why" eval 'said "end the sessions of account sshd: it is no account to log in with" &&
	said "end the sessions of account caltrop-server: it is the user of" && said "end the sessions of account caltrop:"'
stop guard

captured '[response]
mode = observe' <<-EOF
	ban 198.51.100.40/32 600 brute_force
EOF
check_not "in observe mode nothing is banned, whatever the core says" banned 198.51.100.40
