#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A process and all below it stand still by order, whatever becomes of the guard, and go on by order or by themselves.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start
guard_conf </dev/null
fleet_start

# A shell that counts, with a sleeper and another shell that counts below it.
cat >/tmp/victim <<'END'
sleep 600 &
bash -c 'while :; do echo -n y >>/tmp/beats.below; /bin/true; done' &
while :; do echo -n x >>/tmp/beats; /bin/true; done
END
bash /tmp/victim & victim=$!
moves() { local before; before=$(stat -c %s "$1"); until_true 3 eval "[ \$(stat -c %s $1) != $before ]"; }
stands() { local before; before=$(stat -c %s "$1"); sleep 0.3; [ "$(stat -c %s "$1")" = "$before" ]; }
tree() { echo "$victim $(pgrep -d ' ' -P $victim)"; }
state() { awk '{ print $3 }' "/proc/$1/stat"; }
# What has ended stays as a zombie while its parent stands still.
all_stopped() { local p; for p in $(tree); do [[ "$(state "$p")" = [TZ] ]] || { echo "process $p: $(state "$p")"; return 1; }; done; }
wait_for 5 "the victim and what it starts" test -s /tmp/beats.below

order 0 suspend $victim tree=yes
is .result done; is .verified true
check "it stands still" stands /tmp/beats
check "so does what is below it" stands /tmp/beats.below
check "all of it is stopped" all_stopped
order 0 suspend $victim tree=yes --for 60s	# a longer time would be granted
is .result already

stop guard KILL
check "it stands still without the guard" stands /tmp/beats
below=$(pgrep -o -P $victim bash)
kill -CONT "$below" $(pgrep -P "$below")
wait_for 3 "somebody continues a part of it" moves /tmp/beats.below
guard_start
wait_for 10 "the guard stops that again" all_stopped
wait_for 10 "the device is connected" linked
kill -CONT $victim
wait_for 10 "and what is continued while it looks on" all_stopped

order 0 resume $victim
is .result done; is .verified true
check "it goes on" moves /tmp/beats
check "so does what is below it" moves /tmp/beats.below
order 0 resume $victim
is .result already

order 0 suspend $victim tree=yes --for 2s
wait_for 10 "its time is over" moves /tmp/beats
ended() { desk order show "$(jq -r '[.. | .id? // empty] | first' /tmp/order)" --json | jq -e '.receipts[] | select(.result == "reverted")'; }
wait_for 10 "the receipt of the end" ended
ok "a receipt says: $(ended | jq -r .text)"

order 0 suspend $victim tree=yes
kill -KILL $victim $(pgrep -P $victim) 2>/dev/null; wait $victim 2>/dev/null
order 0 resume $victim
ok "what ended meanwhile: $(receipt .text)"

order 2 suspend 1
order 2 suspend nobody
order 1 suspend $PID_guard; is .result refused
order 1 suspend 999999; is .result refused
sleep 600 & victim=$!
order 1 suspend $victim --start-ticks 1; is .result refused
check_not "nothing of that is stopped" [ "$(state $victim)" = T ]
kill $victim
