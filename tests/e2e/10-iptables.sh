#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A device without nf_tables bans by ipset and iptables: nothing passes of who is banned, everybody else's rules stay,
# what others take away comes back, and bans outlive the guard.

export PEERS_NAME=peers-iptables PEERS_MORE="iptables ipset"
. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new; sshd_start
needs ipset iptables-legacy ip6tables-legacy
guard_conf <<-EOF
	[response]
	packet_filter = iptables
	[rule.brute_force]
	count = 5
EOF
mangle() { on device iptables-legacy -t mangle "$@"; }
in_set() { on device ipset -q test "$1" "$2"; }
out_of_set() { ! in_set "$1" "$2"; }

mangle -N elsewhere; mangle -A elsewhere -p udp -j MARK --set-mark 7; mangle -A INPUT -j elsewhere
mangle -A OUTPUT -o lo
guard_start
check "status names the packet filter" eval 'on device caltrop local status | grep -q "packet_filter.*iptables"'
has_table() { on device nft list table inet caltrop 2>/dev/null; }
check_not "nf_tables has nothing of the guard's" has_table

fail_five() { local i; for i in 1 2 3 4 5; do log_failure "$1"; done; }
check "the attacker comes in before" connects attacker1 $DEVICE
fail_five $ATTACKER1
wait_for 5 "five failures ban" in_set caltrop_ban4 $ATTACKER1
check_not "nothing of it passes" connects attacker1 $DEVICE
check "others still come in" connects operator $DEVICE
check "by NAT64 it is banned too" in_set caltrop_nat64 64:ff9b::$ATTACKER1
fail_five ${ATTACKER6%::*}::beef
wait_for 5 "an IPv6 network is banned" in_set caltrop_ban6_64 ${ATTACKER6%::*}::/64
check_not "and nothing of that passes" connects attacker6 $DEVICE6

check "somebody else's chain is as it was" eval 'mangle -S | grep -qxe "-A INPUT -j elsewhere"'
check "and its rules" eval 'mangle -S elsewhere | grep -q "MARK --set-xmark 0x7"'
check "the guard's rules are what iptables-save can save" eval 'on device iptables-legacy-save -t mangle |
	grep -q -- "--match-set caltrop_ban4 src -j DROP"'

# Others take it away: rules, and elements. Nobody tells the guard; it looks.
mangle -F INPUT
is_first() { mangle -S INPUT | sed -n 2p | grep -qxe '-A INPUT -j CALTROP_BAN_IN'; }
wait_for 5 "flushed rules come back" is_first
on device ipset flush caltrop_ban4
wait_for 5 "flushed addresses come back" in_set caltrop_ban4 $ATTACKER1
mangle -I INPUT -j ACCEPT
wait_for 5 "a rule that would let all pass stands behind" is_first
mangle -D INPUT -j ACCEPT
check_not "the attacker is out all the time" connects attacker1 $DEVICE
reconciled() { [ "$(counter actor_restored)" -ge 3 ]; }
wait_for 5 "health counts each time" reconciled

# The kernel's state outlives the guard, and the guard's the kernel's.
stop guard
check "the ban outlives the guard" in_set caltrop_ban4 $ATTACKER1
check_not "and its rules" connects attacker1 $DEVICE
for t in iptables-legacy ip6tables-legacy; do on device $t -t mangle -F; on device $t -t mangle -X; done
for s in $(on device ipset list -n); do on device ipset destroy $s; done
check "all is away, as after a reboot" connects attacker1 $DEVICE
guard_start
wait_for 5 "bans come back" in_set caltrop_ban4 $ATTACKER1
check_not "for the kernel too" connects attacker1 $DEVICE
check "unban" on device caltrop local unban $ATTACKER1
check "takes it out" out_of_set caltrop_ban4 $ATTACKER1
check "of both sets" out_of_set caltrop_nat64 64:ff9b::$ATTACKER1
check "and lets it in" connects attacker1 $DEVICE
