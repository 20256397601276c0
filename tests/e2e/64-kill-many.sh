#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# More processes of one program than are stopped one by one: a control group of the guard's own holds them until they are
# killed. One that is spared among them spares all, and they go on where they were.

export WORLD_USERNS=no
. "$(dirname "$0")/lib.sh"
world_enter "$@"
mkdir -p /sys; mount -t sysfs -o ro sysfs /sys 2>/dev/null
mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || skip "no control groups of version 2 here"
cast; log_new
guard_conf </dev/null
fleet_start

own=/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
pens() { ls -d "$own"/caltrop-kill-* 2>/dev/null; }
no_pens() { ! pens; }
number() { pgrep -fc "^$1 " || :; }

cp /bin/sleep /tmp/miner; cp /bin/bash /tmp/shell
for i in {1..150}; do /tmp/miner 621 & done
# Each starts others, of which it waits for none.
for i in {1..4}; do /tmp/shell -c 'while :; do /tmp/shell -c "/bin/sleep 0.1" & /bin/sleep 0.05; done' & done
check "150 run it" [ "$(number /tmp/miner)" = 150 ]
order 0 kill path=/tmp/miner
is .result done; is .verified true; is .count 150
check "none of them is left" [ "$(number /tmp/miner)" = 0 ]
order 0 kill path=/tmp/shell
is .result done; is .verified true
check "nor of those that start others" [ "$(number /tmp/shell)" = 0 ]
check "nor what held them" no_pens
