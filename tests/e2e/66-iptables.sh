#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A device that filters by ipset and iptables obeys orders to limit and to isolate as one with nf_tables does, and refuses
# what it does not have: a policy, and a rate that iptables cannot count.

export PEERS_NAME=peers-iptables PEERS_MORE="iptables ipset"
. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
needs ipset iptables-legacy ip6tables-legacy
guard_conf <<-EOF
	packet_filter = iptables
	confirm_time = 5s
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

printf 'inbound: drop\nallow:\n  - in: ssh\n    from: %s\n' $OPERATOR >/tmp/camera.yml
desk policy push /tmp/camera.yml --device device >/tmp/said 2>&1
refused() { has_receipt '.verb == "policy" and .result == "refused" and (.text | test("a policy needs nf_tables"))'; }
wait_for 10 "a policy is refused, and why" refused
check "and nothing of it is in force" connects attacker2
