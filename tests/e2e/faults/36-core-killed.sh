#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A core is killed in the middle of a storm of bans: every receipt arrives all the same, once, and is proven.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
cast; log_new
guard_conf <<-EOF
	bans_per_minute = 20000
	[auth]
	files = $LOG
	[rule.brute_force]
	count = 3
	[rule.spraying]
	enabled = no
EOF
service_start; desk_login; guard_start; guard_join

core() { pgrep -x caltrop-core; }
# storm NET: three failures of each of 200 addresses, in one write.
storm()
{
	awk -v net="$1" -v t="$(date -u +%Y-%m-%dT%H:%M:%S.000000+00:00)" 'BEGIN {
		for (k = 0; k < 600; k++)
			printf "%s device sshd[%d]: Failed password for root from %s.%d port 40000 ssh2\n",
				t, 1000 + k, net, int(k / 3) + 1
	}' >/tmp/storm
	dd if=/tmp/storm of=$LOG oflag=append conv=notrunc bs=1M status=none
}
# Of the storms alone.
elements() { on device nft -j list set inet caltrop ban4 | grep -oE '198\.51\.1[0-9][0-9]\.[0-9]+' | wc -l; }
all_banned() { [ "$(elements)" -ge $1 ]; }
# How many addresses of a network the service has receipts of, done.
told() { receipts | jq -r 'select(.verb == "ban" and .result == "done") | .addr' | grep -F "$1." | sort -u | wc -l; }
all_told() { [ "$(told $1)" = 200 ]; }
other_core() { local pid; pid=$(core) && [ "$pid" != $1 ]; }
alarms() { desk incident list --json | jq -r '.items[] | select(.rule == "receipt_chain") | .evidence[]'; }

# The place in the log is saved once there is one.
reads() { log_failure 198.51.99.1; health_says '"file_lines","value":[1-9]'; }
wait_for 15 "a line was read" reads
stop guard; guard_start
wait_for 20 "the device is connected" linked
round=0
for after in 1 20 60 120 190; do
	net=198.51.$((100 + round)) round=$((round + 1)) killed=$(core)
	storm $net
	until_true 10 all_banned $(((round - 1) * 200 + after)); kill -KILL $killed || fail "no core"
	wait_for 15 "another core" other_core $killed
	wait_for 20 "all of $net are banned" all_banned $((round * 200))
done
for ((i = 0; i < round; i++)); do
	wait_for 20 "every receipt of 198.51.$((100 + i)) arrives" all_told 198.51.$((100 + i))
done
ok "the receipts of $((round * 200)) bans arrive though $round cores were killed"
desk order push unban 198.51.100.1 --device device --wait --timeout 20s >/tmp/said
check "an order is carried out" grep -q "unban" /tmp/said
id=$(desk order list --json | jq -r '.items[0].id')
proven() { [ "$(desk order show $id --json | jq -r '.receipts[].proof')" = proven ]; }
wait_for 10 "the receipt behind all of them is proven" proven
check "and the chain has no gap: $(alarms | head -n 1)" [ -z "$(alarms)" ]
