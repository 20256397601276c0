#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From the line of a breach (failures, then a success from one address) to the credential reset and the sessions ended,
# seen from outside by breach.c. A reset is durable before it counts, so it is measured twice: with /etc and the guard's
# state in memory, which is what the guard itself takes, and on the real disk. Before every try one file is replaced there with
# both syncs and without any of ours ("breach floor WHERE").
#   TRIES=100 breach.sh      rows "breach WHERE n p50 p90 p99 max missed" in microseconds
. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
floor=(--floor /var/lib); [ "$FLOOR" != n ] || floor=()
# The breach is told by the log alone, which needs trust_logs where the guard knows it.
# The pace leaves time to hash the next secret (yescrypt: 20 ms), as a real breach would.
measure()
{
	guard_bench "[response] trust_logs = yes" "[response] logouts_per_hour = 1000000" <<-CONF
	bans_per_minute = 1000000
	resets_per_hour = 1000000
	[rule.breach]
	steps = ban, reset, logout
	CONF
	on device "$BENCHES/breach" --log $LOG --account backup --uid 34 --tries "${TRIES:-100}" --gap-ms 250 --first "$2" \
		"${floor[@]}" | as_rows breach "$1"
	stop guard
	grep -E 'reset (refused|failed)|logout (refused|failed)' /var/log/world/guard >&2 && return 1
	return 0
}

rc=0
measure memory 198.18.0.1 || rc=1
on_disk /etc /var/lib
log_new
measure disk 198.19.0.1 || rc=1
exit $rc
