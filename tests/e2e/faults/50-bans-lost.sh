#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Of a thousand sources that fail in one write, 128 are banned, and nobody hears of the rest.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
host device $DEVICE $DEVICE6
install -m 640 /dev/null $LOG
guard_conf <<-EOF
	[auth]
	files = $LOG
	[rule.brute_force]
	count = 3
EOF
guard_start

# flood NET: three failures of each of 1,000 addresses, as sshd says them, in one write: one address after the other, or
# with TURNS taking turns.
flood()
{
	awk -v net="$1" -v turns="${TURNS-}" -v t="$(date -u +%Y-%m-%dT%H:%M:%S.000000+00:00)" 'BEGIN {
		for (k = 0; k < 3000; k++) {
			i = turns ? k % 1000 : int(k / 3)
			printf "%s device sshd[%d]: Failed password for root from %s.%d.%d port 40000 ssh2\n",
				t, 1000 + k, net, i / 250, i % 250 + 1
		}
	}' >/tmp/flood
	start_ms=$(now_ms)
	dd if=/tmp/flood of=$LOG oflag=append conv=notrunc bs=1M status=none
}
elements() { on device nft -j list set inet caltrop ban4 | jq '[.nftables[].set.elem // [] | length] | add // 0'; }
all_banned() { [ "$(elements)" -ge $1 ]; }

flood 198.18
until_true 10 all_banned 1000
took=$(($(now_ms) - start_ms)) count=$(elements)
check "1,000 sources in one write give $count kernel elements" [ "$count" = 1000 ]
echo "seen $took ms after the write"
check "and health is well" health_says '"well": ?true'

# The budget makes the next thousand wait, and nobody is forgotten.
TURNS=1 flood 198.19
check "the next thousand wait for the budget, and health says so" until_true 5 health_says "bans wait: bans_per_minute"
