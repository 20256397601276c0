#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Both halves of the guard are killed at random moments while 60 sources fail: who failed five times
# is banned, once; who failed four times is not; what is banned stays banned.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
guard_conf <<-EOF
	[rule.brute_force]
	count = 5
	[rule.spraying]
	enabled = no
EOF
needs caltropd caltrop-core caltrop

# An init system: starts the guard again when it ends.
init() { while :; do on device caltropd -c $CONF >>/var/log/world/guard 2>&1; sleep 0.05; done; }
init & INIT=$!
guard_main() { pgrep -P $INIT -x caltropd; }
guard_core() { pgrep -x caltrop-core; }
wait_for 10 "the guard answers" guard_ready
monitor_start

wait_for 10 "the core has saved its state" [ -s $STATE/core/state ]
log_failure 198.51.100.200; log_failure 198.51.100.200; log_failure 198.51.100.200
log_failure 198.51.100.200; log_failure 198.51.100.200
wait_for 5 "the first ban" banned 198.51.100.200
before=$(expires_ms 198.51.100.200)

# The next save is seconds away, so this core's successor reads the same lines and finds the same. Another time of the ban
# would show from a second on.
sleep 1.2; kill -KILL $(guard_core)
until_true 10 has_lines /var/log/world/guard '198\.51\.100\.200, 5 attempts' 2 || echo "the state was saved meanwhile"
wait_for 10 "the guard answers again" guard_ready
check "lines that are read again are no second ban" [ "$(times_banned 198.51.100.200)" = 1 ]

RANDOM=${SEED:=$((10#${EPOCHREALTIME#*.}))}; echo "SEED=$SEED"
for round in 1 2 3 4 5; do
	for s in {1..60}; do
		[ $round = 5 ] && [ $((s % 3)) = 0 ] || log_failure 198.51.100.$s
		sleep 0.00$((RANDOM % 10))
		case $((RANDOM % 40)) in
		0) core=$(guard_core) && kill -KILL $core ;;
		1) main=$(guard_main) && kill -KILL $main ;;
		esac
	done
	check "the ban outlived round $round" banned 198.51.100.200
done
wait_for 15 "the guard answers again" guard_ready

for s in {1..60}; do
	[ $((s % 3)) = 0 ] || wait_for 10 "198.51.100.$s is banned (SEED=$SEED)" banned 198.51.100.$s
done
ok "40 sources with five failures are banned"
for s in {3..60..3}; do
	banned 198.51.100.$s && fail "198.51.100.$s has four failures and is banned (SEED=$SEED)"
done
ok "20 sources with four are not"
for s in {1..60} 200; do
	[ "$(times_banned 198.51.100.$s)" -le 1 ] || fail "198.51.100.$s was banned again (SEED=$SEED)"
done
ok "nobody was banned twice"
check "the first ban's time ran on" [ "$(expires_ms 198.51.100.200)" -lt "$before" ]

# A guard that was down reads what it missed.
kill $INIT; main=$(pgrep -x caltropd); kill -KILL $main
wait_for 5 "the guard is gone" eval '! pgrep -x caltrop-core'
check "with the guard down the kernel keeps the bans" banned 198.51.100.200
for i in 1 2 3 4 5; do log_failure 198.51.100.201; done
init & INIT=$!
wait_for 10 "the source that failed meanwhile is banned" banned 198.51.100.201
ok "lines written while the guard was down count"

# What root was told is lifted stays so, however soon both halves are killed.
for round in 1 2 3; do
	s=198.51.100.$((200 + round))
	banned $s || { log_failure $s; log_failure $s; log_failure $s; log_failure $s; log_failure $s; }
	wait_for 10 "$s is banned" banned $s
	on device caltrop local unban $s >/tmp/said 2>&1 || fail "not lifted: $(cat /tmp/said)"
	pkill -KILL -x 'caltropd|caltrop-core'
	wait_for 15 "the guard answers again" guard_ready
	for i in 1 2 3 4 5; do log_failure 198.51.100.$((210 + round)); done
	wait_for 15 "the next one is banned" banned 198.51.100.$((210 + round))
	check "the ban of $s that was lifted does not come back" not_banned $s
done
