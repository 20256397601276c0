#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Packet-filter policies: SSH only from local networks, as an article about hardening does it; one that cuts the service
# off, which rolls back by itself; and without a service, one that root has to confirm from a new session.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf <<EOF2
confirm_time = 5s
EOF2
caltrop policy lint --help >/dev/null 2>&1 || skip "this build has no CLI_POLICY"

# The device reaches its service through a tunnel.
tunnel()	# HOST OWN OTHER PEER
{
	local dev
	dev=$(on "$1" ip -o route get "$4" | grep -oP 'dev \K\S+')
	on "$1" ip address add "10.77.0.$2/24" dev "$dev" &&
		on "$1" ip link add vx type vxlan id 7 dstport 4789 local "10.77.0.$2" remote "10.77.0.$3" &&
		on "$1" ip address add "10.78.0.$2/24" dev vx && on "$1" ip link set vx up &&
		on "$1" ip route add "$4/32" via "10.78.0.$3" dev vx
}
tunnel device 1 2 "$FLEET" 2>/tmp/said || skip "no tunnel here: $(tail -n 1 /tmp/said)"
tunnel fleet 2 1 "$DEVICE" || fail "the service's end of the tunnel"
fleet_start

cat >/tmp/local.yml <<EOF2
inbound: drop
networks:
  local: [$OPERATOR, 10.77.0.0/24]
allow:
  - in: ssh
    from: local
  - in: udp/4789
    from: 10.77.0.2
EOF2
check "the policy is without mistakes" desk policy lint /tmp/local.yml
check "an outsider comes in before it" connects attacker1
on attacker1 bash -c "exec 3<>/dev/tcp/$DEVICE/22; read -r line <&3; sleep 20; echo >&3; read -r line <&3 && echo \$line" >/tmp/open &
has_connection() { on device ss -Htn state established "dst $ATTACKER1" | grep -q .; }
wait_for 5 "a connection is open" has_connection
push() { desk policy push "$1" --device device >/tmp/said 2>&1 || fail "push: $(tail -n 1 /tmp/said)"; }
told() { has_receipt ".verb == \"policy\" and .result == \"$1\" and (.text | test(\"$2\"))"; }
push /tmp/local.yml
wait_for 20 "it is in force and read back" told done "unless the service is heard"
check_not "a connection from outside the local networks times out" connects attacker1
check "one from inside works" connects operator
check "what was open is not cut" has_connection
wait_for 10 "the service was heard through it: it is kept" told done "it is kept"
sleep 6	# longer than a trial
check_not "and stays" connects attacker2 "" 1

on device nft list table inet caltrop_policy >/tmp/there
check "its rules are there" grep -q 'ip saddr @net1_4 tcp dport @ports1 counter .* accept' /tmp/there

# A guard's death and a flush change nothing.
on device nft delete table inet caltrop_policy
put_back() { ! connects attacker2 "" 1; }
wait_for 10 "somebody's change is undone" put_back
kill -9 $PID_guard; wait $PID_guard 2>/dev/null
on device nft delete table inet caltrop_policy
guard_start
check_not "a guard that starts puts it in force first" connects attacker2 "" 1
wait_for 20 "the device is connected again" linked

# This one forgets the tunnel.
printf 'inbound: drop\noutbound: drop\nallow:\n  - in: ssh\n' >/tmp/cuts.yml
push /tmp/cuts.yml
lets_in() { connects attacker2 "" 1; }
wait_for 20 "one that cuts the service off is in force" lets_in
wait_for 20 "and rolls back by itself" put_back
wait_for 60 "and is told of" told reverted "the packet-filter policy before it is in force again"
check "the operator comes in as before" connects operator
listed() { [ "$(desk effect list --verb policy --json | jq '.items | length')" = 1 ]; }
wait_for 10 "the one before it is what the desk lists" listed

# The same while no guard runs: the next one takes it back, and tells of it.
went_back() { [ "$(receipts | jq -s 'map(select(.verb == "policy" and .result == "reverted")) | length')" = "$1" ]; }
push /tmp/cuts.yml
wait_for 20 "it is in force once more" lets_in
kill -9 $PID_guard; wait $PID_guard 2>/dev/null
sleep 6	# longer than a trial
check "without a guard it stays" lets_in
guard_start
wait_for 10 "a guard that starts takes back what was on trial" put_back
wait_for 60 "and tells of it" went_back 2
wait_for 10 "the one before it is what the desk lists" listed
check "the operator comes in as before" connects operator

check "lifted by order" order_push lift
check "everybody comes in again" connects attacker1

# Root alone, without a service's word.
check "it is compiled" desk policy build /tmp/local.yml -o /tmp/local.policy
root() { on device caltrop local policy "$@" -c $CONF >/tmp/said 2>&1; }
on device nft -f - <<<'table inet other { chain in { type filter hook input priority 0; tcp dport 9 drop; }; }'
handle=$(on device nft -a list chain inet other in | grep -oP 'drop # handle \K\d+')
check "root puts it in force: $(root apply /tmp/local.policy; cat /tmp/said)" grep -q 'unless root confirms it' /tmp/said
check "the rule of another program that drops, too, is named" has_line /tmp/said "rule $handle of inet other in drops, too"
on device nft delete table inet other
check_not "nobody from outside comes in" connects attacker1 "" 1
root confirm; check "a session of before proves nothing: $(cat /tmp/said)" grep -q 'log in again' /tmp/said
lets_all() { connects attacker1 "" 1; }
wait_for 15 "and so it rolls back" lets_all
root apply /tmp/local.policy; sleep 1.1	# sessions are told apart by the second
check "a new session confirms: $(on device setsid -w caltrop local policy confirm -c $CONF)" true
check_not "nobody from outside comes in any more" connects attacker1 "" 1
check "root sees it" root show
check "as it was written" grep -q '^allow in tcp/22 from' /tmp/said
check "root lifts it" root lift
check "everybody comes in again" connects attacker1

# What is no policy never reaches the kernel.
printf 'inbound: drop\nallow:\n  - in: 22\n' >/tmp/wrong.yml
desk policy push /tmp/wrong.yml --device device >/tmp/said 2>&1; is_code 1 "a mistake is not sent"
check "and is named" grep -q '/tmp/wrong.yml:3:9: .* write tcp/22' /tmp/said
desk object offer /tmp/wrong.yml --kind policy --name filter --device device >/dev/null
wait_for 20 "what is no policy is refused at the device" told refused "no packet-filter policy of this version"
