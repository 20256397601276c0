#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Orders by hand: each verb done and proved, each mistake refused with a reason, none done twice.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf </dev/null
fleet_start

order 0 ban 198.51.100.50 --for 1h
check "in the kernel" banned 198.51.100.50
is .result done; is .verified true
order 0 ban 198.51.100.50
is .result already
bans() { desk ban list --json | jq -r '.items[] | .device_name + " " + .addr'; }
listed() { bans | grep -qxF "device $1"; }
unlisted() { ! listed "$1"; }
wait_for 10 "the desk lists the ban" listed 198.51.100.50
ok "the desk lists the ban"
order 0 unban 198.51.100.50
check "out of the kernel" not_banned 198.51.100.50
wait_for 10 "and off the list" unlisted 198.51.100.50
ok "and off the list"
order 0 ban 2001:db8:bad::/64
check "a network in the kernel" banned 2001:db8:bad::/64
order 0 ban 10.0.0.0/9
check "in the kernel" banned 10.0.0.0/9
order 1 ban 10.64.0.0/10
check "a network inside of it is not" not_banned 10.64.0.0/10
order 0 unban 10.0.0.0/9
check "out of the kernel" not_banned 10.0.0.0/9
check "an attacker is heard" connects attacker1
order 0 ban ${ATTACKER1%.*}.8/29
check "until its network is banned" banned ${ATTACKER1%.*}.8/29
check_not "no packet of it comes in" connects attacker1
order 0 unban ${ATTACKER1%.*}.8/29
check "and again when that is lifted" connects attacker1

try operator operator $OPERATOR_PASSWORD 'exec sleep 600' & session=$!
in_session() { pgrep -u operator sleep >/dev/null; }
wait_for 10 "a session" in_session
order 0 logout operator
check_not "the session is over" in_session
wait $session
order 0 reset operator
is .result done; is .verified true
try operator operator $OPERATOR_PASSWORD
check "the old password is worth nothing" [ $? = 5 ]
secret=$(desk credential open --key $ESCROW_KEY "$(receipt .order)")
check "the new one is" try operator operator "$secret"
on device sleep 600 & victim=$!
order 0 kill $victim; wait $victim 2>/dev/null
check "the process is gone" [ ! -e /proc/$victim ]

# What happened, counted for people and for programs. A user's name becomes no markup and no formula.
for i in 1 2 3; do log_failure 198.51.100.90 '=<b>1+1'; done
told() { desk event list --kind auth --src 198.51.100.90 --json | jq -e '[.items[].auth.count] | add >= 3' >/dev/null; }
wait_for 20 "three tries are told of" told
desk report >/tmp/report; is_code 0 "a report"
check "counts the tries" has_line /tmp/report '^198.51.100.90 +3$'
check "and the bans" has_line /tmp/report '^ban done +[1-9]'
desk report --format csv >/tmp/report; check "as CSV" has_line /tmp/report '^"As whom","'"'"'=<b>1\+1","3"'
desk report --format html >/tmp/report; check "as HTML" has_line /tmp/report '<td>=&lt;b&gt;1\+1</td><td>3</td>'
check "of the group" [ "$(desk report --group default --json | jq '.sections[0].rows[0][1]')" = 1 ]
desk report --group nobody >/tmp/said 2>&1; is_code 4 "a group that is not there has none"
desk report --format pdf >/tmp/said 2>&1; is_code 2 "nor has a form that is not there"
desk report --since 2h --until 3h >/tmp/said 2>&1; is_code 2 "nor a time that ends before it begins"

# Several steps: the second is not taken, the third answers the first, and each step has its receipt.
order 0 ban $FLEET if-done ban 198.51.100.70 if-failed ban 198.51.100.71 duration=1h
check "a step whose condition does not hold is not taken" not_banned 198.51.100.70
check "the one that answers a refusal is" banned 198.51.100.71
is .step 3; is .steps 3; is .outcome done
id=$(receipt .order)
desk order show "$id" >/tmp/said
check "shown in the order of the steps" [ "$(grep -oE '^device +(un)?ban:? [0-9.]+' /tmp/said | awk '{ print $NF }' | paste -sd ' ')" = "$FLEET 198.51.100.71" ]
check "two receipts" [ "$(jq '[.. | .receipts? // empty] | flatten | length' /tmp/order)" = 2 ]
order 1 ban $FLEET then unban 198.51.100.71
is .outcome refused
check "and its text says which step" has_line /tmp/order "but step 1 was refused"
check "the step behind it was taken" not_banned 198.51.100.71
order 2 ban 198.51.100.70 then; order 2 frob 1; order 2 kill 1 2; order 2 kill 4711 pid=4712

# A dry run says what would happen, and nothing does.
order 0 ban 198.51.100.72 if-failed ban 198.51.100.73 --dry-run
is .result observed; is .text 'dry run: would ban 198.51.100.72'; is .outcome observed
check "nobody is banned" not_banned 198.51.100.72
check "the step behind a failure was not taken" not_banned 198.51.100.73
check "nor is he on the list of bans" unlisted 198.51.100.72
order 0 ban $FLEET if-failed ban 198.51.100.73 --dry-run
check "a refusal is foreseen" has_line /tmp/order 'refused to ban'
is .text 'dry run: would ban 198.51.100.73'; is .outcome observed
order 1 ban $FLEET --dry-run; is .result refused
order 0 unban 198.51.100.72 --dry-run; is .text 'dry run: 198.51.100.72: there is nothing to take back'
order 0 reset operator --dry-run
check "the password is still the new one" try operator operator "$secret"
desk order list --json >/tmp/said
check "the list tells dry runs" [ "$(jq '[.items[] | select(.dry_run)] | length' /tmp/said)" = 5 ]

# What is in force, whatever the verb, and taken back by the name of what brought it.
effects() { desk effect list --json | jq -r '.items[] | .verb + " " + .what'; }
in_force() { effects | grep -qxF "$1"; }
over() { ! in_force "$1"; }
order 0 lock backup --for 1h; order 0 ban 198.51.100.74
wait_for 10 "the lock is listed" in_force "lock backup"
check "and the ban, by itself too" [ "$(desk effect list --verb ban --json | jq -r '.items[].what' | grep -c 198.51.100.74)" = 1 ]
desk effect undo lock backup --device device --wait >/tmp/said 2>&1; is_code 0 "the lock is taken back"
desk effect undo ban 198.51.100.74 --device device --wait >/tmp/said 2>&1; is_code 0 "and the ban"
check "out of the kernel" not_banned 198.51.100.74
wait_for 10 "the lock is off the list" over "lock backup"
check "and the ban" over "ban 198.51.100.74"
desk effect undo reset backup --device device >/tmp/said 2>&1; is_code 2 "what leaves nothing cannot be taken back"
desk effect undo ban 198.51.100.74 >/tmp/said 2>&1; is_code 2 "nor for nobody"
desk effect list --verb kill >/tmp/said 2>&1; is_code 2 "nor be listed"

order 2 ban 127.0.0.1; order 2 ban ::1
for a in $FLEET $OPERATOR $DEVICE; do
	order 1 ban $a
	is .result refused
	check "not banned" not_banned $a
done
order 2 kill 1
order 1 kill $PID_guard; is .result refused
order 1 kill 999999
order 1 reset nobody-by-that-name
order 1 logout nobody-by-that-name

# Somebody edits the accounts meanwhile: the reset waits or fails, and never writes over it.
printf '#!/bin/sh\nsleep 4\nsed -i "s/^nobody:[^:]*:/nobody:EDITED:/" "$1"\n' >/tmp/editor; chmod +x /tmp/editor
EDITOR=/tmp/editor VISUAL=/tmp/editor vipw -s >/dev/null 2>&1 & vipw=$!
wait_for 3 "somebody edits" test -e /etc/shadow.lock
desk order push reset backup --device device --wait --json >/tmp/order 2>/tmp/said
echo "   while somebody edits shadow: $(receipt .result), $(receipt .text)"
wait $vipw
check "what he wrote is there" grep -q '^nobody:EDITED:' /etc/shadow
order 0 reset backup
check "and after him the reset works" grep -q '^backup:\$y\$' /etc/shadow

# An order that nobody could carry out in its time is not carried out.
stop guard
desk order push ban 198.51.100.60 --device device --expires 1s >/dev/null; sleep 2.1
desk order push ban 198.51.100.61 --device device >/dev/null
desk order push ban 198.51.100.64 --device device --json >/tmp/order
desk order list >/tmp/said
check "the list says for whom each is and how it stands" has_line /tmp/said 'ban 198.51.100.64 +device +pending'
desk order cancel "$(jq -r .id /tmp/order)" >/tmp/said 2>&1; is_code 0 "an order that waits is taken back"
desk order cancel "$(jq -r .id /tmp/order)" >/tmp/said 2>&1; is_code 7 "once"
stop server; cp -a $SERVICE /srv/before; service_start
guard_start
wait_for 30 "the order that waited" banned 198.51.100.61
ok "an order waits for a device that is away"
check "but not beyond its time" not_banned 198.51.100.60
check "and not if it was taken back" not_banned 198.51.100.64
desk order list >/tmp/said
check "as the list says" has_line /tmp/said 'ban 198.51.100.64 +device +cancelled'
check "beside what was done" has_line /tmp/said 'ban 198.51.100.61 +device +done'
desk order cancel "$id" >/tmp/said 2>&1; is_code 7 "what a device has got is not taken back"

# The service is set back to before that order was carried out, and sends it again.
order 0 unban 198.51.100.61
stop server KILL; rm -rf $SERVICE; cp -a /srv/before $SERVICE; service_start
wait_for 60 "the device is connected" linked
again=$(desk order list --json --limit 0 | jq -r '.items[] | select(.detail | test("ban 198.51.100.61")).id')
judged() { desk order show "$again" --json | jq -e '.receipts[] | select(.repeat)'; }
wait_for 10 "the guard's word on it" judged
ok "sent again, the order gets: $(judged | jq -r .text)"
order 0 ban 198.51.100.62
check "an order seen before is not carried out again" not_banned 198.51.100.61
