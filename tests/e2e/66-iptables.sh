#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A device that filters by ipset and iptables obeys orders to limit, to isolate and to filter by a policy, and sees
# scans and decoys, as one with nf_tables does, and refuses a rate that iptables cannot count.

export PEERS_NAME=peers-iptables PEERS_MORE="iptables ipset"
. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
needs ipset iptables-legacy ip6tables-legacy
guard_conf <<-EOF
	packet_filter = iptables
	confirm_time = 15s
	[firewall]
	enabled = yes
	decoy = 23
EOF
fleet_start
flush() { local t; for t in iptables-legacy ip6tables-legacy; do on device $t -t mangle -F; done; }
has_rule() { on device iptables-legacy -t mangle -S | grep -qxe "$1"; }
has_no_rule() { ! has_rule "$1"; }

order 0 limit $ATTACKER1 rate=20 --for 10m
is .result done; is .verified true
check "the kernel shows the limit" has_rule "-A CALTROP_LIMIT_00 -m limit --limit 20/sec --limit-burst 20 -j RETURN"
check "for that address" has_rule "-A CALTROP_LIMIT -s $ATTACKER1/32 -j CALTROP_LIMIT_00"
flush
wait_for 10 "somebody's flush is undone" has_rule "-A CALTROP_LIMIT -s $ATTACKER1/32 -j CALTROP_LIMIT_00"
wait_for 10 "which a receipt says" has_receipt '.result == "restored" and (.text | test("somebody changed the guard.s ipset and iptables"))'
order 0 unlimit $ATTACKER1
is .result done
check "its end takes the rules away" has_no_rule ".*CALTROP_LIMIT.*"
order 1 limit $ATTACKER1 rate=10001
is .result refused
check "a rate that cannot be counted: $(receipt .text)" eval 'receipt .text | grep -q "at most 10000 packets/s"'

on attacker1 bash -c "exec 3<>/dev/tcp/$DEVICE/22; exec sleep 300 <&3" &
has_connection() { on device ss -Htn state established "dst $ATTACKER1" | grep -q .; }
wait_for 5 "the attacker's connection is open" has_connection
check "isolate is done" order_push isolate
check "it is read back: $(receipt .text)" [ "$(receipt .verified)" = true ]
check_not "the attacker is cut off" has_connection
check_not "nobody comes in" connects attacker2
check_not "nor by IPv6" connects attacker6 $DEVICE6
check_not "not even the operator" connects operator
check "loopback passes" on device timeout 2 bash -c "exec 3<>/dev/tcp/127.0.0.1/22"
check "another list of networks: the service hears the device" order_push isolate allow=$OPERATOR
check "replaces the first" connects operator
check_not "and lets nobody else in" connects attacker2

kill -9 $PID_guard; wait $PID_guard 2>/dev/null
check_not "a dead guard leaves it in force" connects attacker2
guard_start
wait_for 20 "the device is connected again" linked
flush
put_back() { ! connects attacker2 "" 1 && ! connects attacker6 $DEVICE6 1; }
wait_for 10 "somebody's change is undone" put_back
check "what it lets through comes in" connects operator
check "release is done" order_push release
check "the attacker comes in again" connects attacker2
check "and by IPv6" connects attacker6 $DEVICE6
check "an isolation of some seconds" order_push isolate duration=2
free() { connects attacker2 "" 1; }
wait_for 15 "ends by itself" free

# As an article about hardening does it: SSH only from the local networks.
cat >/tmp/camera.yml <<-EOF
	inbound: drop
	networks:
	  local: [$OPERATOR, 10.77.0.0/24]
	allow:
	  - in: [ssh, tcp/8000-8010]
	    from: local
	decoys: [23]
	log: 10
EOF
on attacker1 bash -c "exec 3<>/dev/tcp/$DEVICE/22; exec sleep 300 <&3" &
wait_for 5 "an outsider's connection is open" has_connection
told() { has_receipt ".verb == \"policy\" and .result == \"$1\" and (.text | test(\"$2\"))"; }
desk policy push /tmp/camera.yml --device device >/tmp/said 2>&1 || fail "push: $(tail -n 1 /tmp/said)"
wait_for 20 "a policy is in force and read back" told done "unless the service is heard"
check_not "a connection from outside the local networks times out" connects attacker2 "" 1
check_not "nor does IPv6 come in" connects attacker6 $DEVICE6 1
check "one from inside works" connects operator
check "what was open is not cut" has_connection
check "the kernel shows it" has_rule \
	"-A CALTROP_POLICY_IN -p tcp -m set --match-set caltrop_[ab]_net1_4 src -m multiport --dports 22,8000:8010 -j RETURN"
wait_for 10 "the service was heard through it: it is kept" told done "it is kept"
flush
wait_for 10 "somebody's flush is undone" put_back
has_row() { on device caltrop local table scans --json | grep -q "\"$1\""; }
SSH_PORT=9000 connects operator "" 1
wait_for 5 "who tries a port that nobody serves is seen" has_row $OPERATOR
is_banned() { on device ipset -q test caltrop_ban4 "$1"; }
SSH_PORT=23 connects attacker6 "" 1
wait_for 5 "a connection to a decoy passes, and bans" is_banned 198.51.100.13
kill -9 $PID_guard; wait $PID_guard 2>/dev/null
flush
guard_start
check_not "a guard that starts puts it in force first" connects attacker2 "" 1
wait_for 20 "the device is connected again" linked

# Root's own, which he does not confirm.
printf 'inbound: drop\nallow:\n  - in: ssh\n    from: %s\n' $ATTACKER1 >/tmp/mine.yml
check "it is compiled" desk policy build /tmp/mine.yml -o /tmp/mine.policy
on device iptables-legacy -A INPUT -p tcp --dport 9 -j DROP
on device caltrop local policy apply /tmp/mine.policy -c $CONF >/tmp/said 2>&1
check "root puts it in force: $(cat /tmp/said)" grep -q 'unless root confirms it' /tmp/said
check "the rule of another program that drops, too, is named" \
	has_line /tmp/said "rule 1 of iptables filter INPUT drops, too"
check_not "the operator is shut out" connects operator "" 1
back() { connects operator "" 1; }
wait_for 30 "and it rolls back" back
check_not "to the one before" connects attacker1 "" 1
check "lifted by order" order_push lift
check "everybody comes in again" connects attacker2
check "nothing of it is left" has_no_rule ".*CALTROP_POLICY.*"
has_sets() { on device ipset list -n | grep -q "caltrop_[ab]_"; }
check_not "and no set" has_sets
