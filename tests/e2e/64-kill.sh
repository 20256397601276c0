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

order 1 kill $PID_guard tree=yes; is .result refused
order 2 kill 1 tree=yes
check "what was refused still runs" guard_ready
