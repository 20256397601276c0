#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Isolation: only the service and named networks pass, what was connected is cut, a death of the guard changes nothing,
# and a device that does not hear its service through it lets itself go.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf <<EOF2
confirm_time = 5s
EOF2
fleet_start

# A connection of the attacker that is open already.
on attacker1 bash -c "exec 3<>/dev/tcp/$DEVICE/22; exec sleep 300 <&3" &
has_connection() { on device ss -Htn state established "dst $ATTACKER1" | grep -q .; }
wait_for 5 "the attacker's connection is open" has_connection

check "isolate is done" order_push isolate
check "it is read back: $(receipt .text)" [ "$(receipt .verified)" = true ]
shown() { on device caltrop local effects --json | jq -e ".items[] | select(.verb == \"$1\")" >/dev/null; }
check "root at the device sees it" shown isolate
until_unheard() { desk effect list --verb isolate | grep -qE ' [0-9]+ s unheard '; }
wait_for 10 "the desk sees it, and that it ends when nobody is heard" until_unheard
check "a connection was cut" [ "$(receipt .count)" -ge 1 ]
check_not "the attacker has none any more" has_connection
check_not "nobody comes in" connects attacker2
check_not "not even the operator" connects operator
check "loopback passes" on device timeout 2 bash -c "exec 3<>/dev/tcp/127.0.0.1/22"
check "the service still hears the device" order_push isolate
check "once more is the same: $(receipt .result)" [ "$(receipt .result)" = already ]

check "another list of networks" order_push isolate allow=$OPERATOR
check "replaces the first" connects operator
check_not "and lets nobody else in" connects attacker2

kill -9 $PID_guard; wait $PID_guard 2>/dev/null
check_not "a dead guard leaves it in force" connects attacker2
guard_start
wait_for 20 "the device is connected again" linked
sleep 7	# longer than the service may take to be heard
check_not "a new one keeps it, since it hears the service" connects attacker2
check "and what it lets through" connects operator

on device nft delete table inet caltrop_isolate
put_back() { ! connects attacker2 "" 1; }
wait_for 10 "somebody's change is undone" put_back

check "release is done" order_push release
check_not "root sees it no more" shown isolate
check "the attacker comes in again" connects attacker2
check "release once more is nothing" order_push release
check "and says so: $(receipt .text)" [ "$(receipt .result)" = already ]

check "an isolation of some seconds" order_push isolate duration=3
free() { connects attacker2 "" 1; }
wait_for 15 "ends by itself" free
wait_for 10 "and is told" has_receipt '.verb == "isolate" and .result == "reverted" and (.text | test("its time is over"))'

# One that ends while the guard is down.
check "an isolation of some seconds" order_push isolate duration=4
kill -9 $PID_guard; wait $PID_guard 2>/dev/null
check_not "it is in force without a guard" connects attacker2
over() { [ $SECONDS -gt $until ]; }
until=$((SECONDS + 4)); wait_for 10 "its time is over" over
check_not "nobody ends it meanwhile" connects attacker2
guard_start
wait_for 15 "the next guard ends it" free
ended() { [ "$(receipts | jq -c 'select(.verb == "isolate" and .result == "reverted" and (.text | test("its time is over")))' | wc -l)" = 2 ]; }
wait_for 20 "and tells of it" ended

# The dead man: a guard that was started anew has to hear the service again through the isolation, and does not.
check "isolated once more" order_push isolate
kill -STOP $PID_server
kill -9 $PID_guard; wait $PID_guard 2>/dev/null
check_not "it is still in force" connects attacker2
guard_start
wait_for 40 "a device that does not hear its service lets itself go" free
kill -CONT $PID_server
wait_for 60 "and says so" has_receipt '.verb == "isolate" and .result == "reverted" and (.text | test("not heard"))'

# What makes no sense is refused at the desk.
for wrong in "isolate allow=fleet.example" "isolate lease=5s" "isolate account=bob" "isolate 192.0.2.1" "isolate allow=10.0.0.0/8 allow=11.0.0.0/8"; do
	# shellcheck disable=SC2086
	desk order push $wrong --device device 2>/tmp/said; code=$?
	check "order $wrong is refused: $(tail -n 1 /tmp/said)" [ $code = 2 ]
done
