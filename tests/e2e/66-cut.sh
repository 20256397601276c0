#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Open connections are cut by order: with an address or network, of an account, of a process; the operator's only when the
# order says so, the guard's own link never; and ss(8) shows that they are gone.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf </dev/null
fleet_start

# hold HOST: a connection of it to the device's sshd, which stays open by itself.
hold() { on "$1" bash -c "exec 3<>/dev/tcp/$DEVICE/22; exec sleep 300 <&3" & }
# has DEVICE'S PEER [SS-FILTER]: such a connection is open.
has() { on device ss -Htn state established "dst $1" ${2+"$2"} | grep -q .; }
has_none() { ! has "$@"; }
link_port() { on device ss -Htn state established "dst $FLEET and dport = :8443" | awk '{ print $3 }'; }

hold attacker1; hold attacker2; hold operator
for peer in $ATTACKER1 $ATTACKER2 $OPERATOR; do wait_for 5 "a connection of $peer is open" has $peer; done

order 0 cut $ATTACKER1
is .result done; is .verified true; is .count 1; is .err null
check_not "the kernel has it no more" has $ATTACKER1
check "another one's is open still" has $ATTACKER2
order 0 cut $ATTACKER1
is .result already

order 1 cut $OPERATOR
is .result refused
check "the operator's is open still" has $OPERATOR
order 0 cut ${OPERATOR%.*}.0/24
is .result already
check "also when a network is cut that he is in" has $OPERATOR
order 0 cut $OPERATOR include_me=yes
is .result done
check_not "unless he says so" has $OPERATOR

# Of an account: what its processes made, and nobody else's.
start peer on fleet perl -MIO::Socket::IP -e 'my $s = IO::Socket::IP->new(LocalPort => 4444, Listen => 9) or die; sleep 999'
wait_for 5 "somebody listens" listens fleet 4444
# client USER: connected to that, in PID_client.
client()
{
	start client on device setpriv --reuid "$1" --clear-groups bash -c "exec 3<>/dev/tcp/$FLEET/4444; exec sleep 300"
	wait_for 5 "a connection of $1" has $FLEET "dport = :4444"
}
client backup
before=$(link_port)
order 0 cut account=backup
is .result done; is .count 1
check_not "the account's connection is gone" has $FLEET "dport = :4444"
check "another process's is open still" has $ATTACKER2
stop client KILL

client root
order 0 cut pid=$PID_client
is .result done; is .count 1
check_not "the process's connection is gone" has $FLEET "dport = :4444"
stop client KILL

# The whole of the network in which the service is: its own link stays the one that it was.
order 0 cut ${FLEET%.*}.0/24 include_me=yes
check "the guard's link is not cut" [ "$(link_port)" = "$before" ]
order 1 cut account=caltrop include_me=yes
is .result refused
check "nor by its user" [ "$(link_port)" = "$before" ]

order 2 cut
order 2 cut 0.0.0.0/0
order 2 cut $ATTACKER2 account=backup
check "what was refused cut nothing" has $ATTACKER2
