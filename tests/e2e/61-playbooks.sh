#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Playbooks that are run by hand: an incident fills one in, the device takes its steps; one that asks for two approvals
# goes from desk to desk, and nobody changes it on the way.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf <<-EOF
	[rule.brute_force]
	count = 3
	ban_time = 1s
EOF
fleet_start
books=$TOP/ports/linux/playbooks
push() { desk playbook push "$@" --wait --json >/tmp/order 2>/tmp/said; }

# An incident, whose own ban is over when somebody looks at it.
for i in 1 2 3; do log_failure $ATTACKER1 alice; done
found() { id=$(desk incident list --json | jq -r ".items[] | select(.src == \"$ATTACKER1\").id"); [ -n "$id" ]; }
wait_for 10 "there is an incident" found
wait_for 10 "and nobody is banned any more" not_banned $ATTACKER1

push $books/dropped_file.yml --device device
is_code 2 "without an incident no file is taken"
check "and it says what is missing" has_line /tmp/said 'names no path.*--incident ID'
sed '/^on:/,/^expires:/c on: manual' $books/port_scanner.yml >/tmp/scanner.yml
desk incident show "$id" --json >/tmp/incident.json
desk playbook test $books/port_scanner.yml --incident /tmp/incident.json >/tmp/said 2>&1
is_code 1 "one that is bound to others would not run by itself"
desk playbook test /tmp/scanner.yml --incident /tmp/incident.json >/tmp/said
check "what would be done is known before" has_line /tmp/said "1. ban $ATTACKER1 for 86400 s"
push $books/port_scanner.yml --incident "$id" --device device --dry-run
is_code 0 "the device says what it would do"
check "and does nothing" not_banned $ATTACKER1
push $books/port_scanner.yml --incident "$id" --device device
is_code 0 "the incident fills the playbook in"
check "its src is banned" banned $ATTACKER1
desk order list --json >/tmp/orders
check "both steps were one order" jq -e '.items[0].detail | test("^ban .*; if done cut ")' /tmp/orders
desk playbook export $books/port_scanner.yml >/tmp/exported
check "an export goes where standard output leads" [ "$(jq -r .type /tmp/exported)" = playbook ]

# What an operator says.
try operator operator $OPERATOR_PASSWORD 'exec sleep 600' & session=$!
at_work() { pgrep -u operator sleep >/dev/null; }
wait_for 10 "somebody is at work" at_work
cat >/tmp/sessions.yml <<-EOF
	name: end_sessions
	on: manual
	inputs: {who: whose sessions end}
	steps:
	  - {verb: logout, account: \$input.who}
	  - {verb: ban, addr: 127.0.0.1}
EOF
desk playbook lint /tmp/sessions.yml >/tmp/said 2>&1
is_code 1 "what no device would do is found before"
check "with its place" has_line /tmp/said 'sessions.yml:6:5: .*loopback'
printf 'name: x\non: manual\nsteps: [{verb: audit}]\n%s: 1\n' "$(printf 'ü%.0s' {1..30})" >/tmp/long.yml
check "and what is cut in the middle of a letter is told as JSON, too" \
	[ "$(desk playbook lint /tmp/long.yml --json 2>/dev/null | jq '.[0].line')" = 4 ]
sed -i 6d /tmp/sessions.yml
push /tmp/sessions.yml --device device; is_code 2 "what nobody said is asked for"
check "by its name" has_line /tmp/said "nobody said 'who': whose sessions end"
push /tmp/sessions.yml --set whom=operator --device device; is_code 2 "a name that it does not have is refused"
push /tmp/sessions.yml --set who=operator; is_code 2 "nor is it run nowhere"
push /tmp/sessions.yml --set who=operator --device device; is_code 0 "then it is done"
gone() { ! at_work; }
wait_for 5 "and the session is over" gone
kill $session 2>/dev/null

# Two desks.
for name in ada bob; do
	desk key create /root/$name.pem >/dev/null
	desk key trust /root/$name.pem.pub --name $name --root-key $ROOT_KEY >/tmp/said 2>&1; is_code 0 "$name may sign"
done
trusted() { on device caltrop local health --json | jq -e '.counters[] | select(.name == "trust_version").value == 3' >/dev/null; }
wait_for 10 "the device knows" trusted
set -- $books/keep_apart.yml --set network=10.0.0.0/8 --set time=10m --device device
push "$@"; is_code 7 "one approval is not two"
desk playbook sign "$@" --order-key /root/ada.pem -o - >/tmp/once 2>/tmp/said; is_code 0 "ada signs, and standard output is the file alone"
check "and sees what" has_line /tmp/said 'isolate for 600 s allow=10.0.0.0/8'
push /tmp/once; is_code 7 "which is one"
desk playbook sign /tmp/once --order-key /root/ada.pem -o /tmp/twice >/tmp/said 2>&1; is_code 7 "ada does not sign twice"
desk playbook sign /tmp/once --order-key /root/bob.pem -o /tmp/twice >/tmp/said 2>&1; is_code 0 "bob does"
check "and sees what" has_line /tmp/said 'isolate for 600 s allow=10.0.0.0/8'
check "the order's bytes are the same" [ "$(jq -r .order /tmp/once)" = "$(jq -r .order /tmp/twice)" ]
jq '.order |= .[:-8] + "AAAAAAAA"' /tmp/twice >/tmp/forged
push /tmp/forged; is_code not-0 "what was altered is nothing"
push /tmp/twice --device device; is_code 2 "nor does it get other targets"
push /tmp/twice; is_code 0 "two signatures are enough"
check "the device is isolated" on device nft list table inet caltrop_isolate
push /tmp/twice
check "the same order is not done again" [ "$(desk order list --json | jq '[.items[] | select(.detail | test("isolate"))] | length')" = 1 ]
