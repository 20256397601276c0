#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A process is killed by order, alone or with everything below it, also one that starts others all the time.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
guard_conf </dev/null
fleet_start

# A shell with a sleeper, and below it one that starts others as fast as it can.
cat >/tmp/dropper <<'END'
sleep 611 &
bash -c 'bash -c "while :; do sleep 612 & wait -n; done" & while :; do sleep 0.01 & wait; done' &
wait
END
dropper() { bash /tmp/dropper & root=$!; wait_for 5 "all of it" pgrep -xf 'sleep 612'; }
alive() { pgrep -f '^(sleep 61[12]|bash (/tmp/dropper|-c .*sleep.*))$'; }
gone() { ! alive; }

dropper
order 0 kill $root tree=yes
is .result done; is .verified true
check "it says how many" [ "$(receipt .count)" -ge 5 ]
check "nothing of it is left" gone
order 1 kill $root tree=yes
is .result refused

dropper
order 0 kill $root
is .result done; is .count 1
check "without the tree, what is below it lives" alive
pkill -KILL -f '/tmp/dropper|sleep'; wait_for 5 "it is gone" gone

# All that run a file, of which one starts others, and no other program's.
cp /bin/sleep /tmp/miner; cp /bin/bash /tmp/shell
/tmp/miner 621 & /tmp/miner 622 & sleep 623 & other=$!
/tmp/shell -c 'while :; do /tmp/shell -c "sleep 0.01"; done' &
runs() { pgrep -f "^$1" >/dev/null; }
none() { ! runs "$1"; }
order 0 kill path=/tmp/miner
is .result done; is .verified true; is .count 2
check "none of them is left" none /tmp/miner
check "another program of the same kind is" kill -0 $other
rm /tmp/shell
order 0 kill path=/tmp/shell
is .result done; is .verified true
check "not even of a file that was deleted" none /tmp/shell
order 0 kill path=/tmp/shell; is .result already
order 1 kill path="$(readlink /proc/$PID_guard/exe)"; is .result refused
check "the guard still runs" guard_ready
order 2 kill path=/tmp/miner tree=no pid=7
kill $other

order 1 kill $PID_guard tree=yes; is .result refused
order 2 kill 1 tree=yes
check "what was refused still runs" guard_ready
