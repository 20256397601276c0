# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# What the benches in a world share, above tests/e2e/lib.sh. Sourced.
export PEERS_NAME=peers-bench PEERS_MORE="sshguard fail2ban python3-pyinotify"
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

# The programs of the benches. BENCHES_OWN: those that look inside what they measure, so they come from its own tree.
# FLOOR=n leaves out the floors, where only the programs' own figures are wanted.
BENCHES=$BUILD/tests/bench
BENCHES_OWN=${BENCHES_OWN:-$BENCHES}
FLOOR=${FLOOR-y}

# as_rows PROGRAM CASE: the lines of react.c, breach.c or order.c as rows; the second is of the floor beside them.
as_rows() { sed "1s/^/$1 $2 /; s/^floor /${1%% *} floor $2 /"; }

# The world is in memory, where nothing waits for a disk. on_disk DIR...: these are on the real one.
on_disk()
{
	local d
	for d; do
		mkdir -p "$d" "$OUT/disk$d" && cp -a "$d/." "$OUT/disk$d/" && mount --bind "$OUT/disk$d" "$d" ||
			fail "cannot put $d on the disk"
	done
}

# guard_bench ["[SECTION] KEY = VALUE"]... [<<EOF]: a guard that bans, on that log, with more settings from standard
# input. Those that are arguments are left out when this guard does not know them: an older one is measured, too.
guard_bench()
{
	local setting
	{ printf '[auth]\nfiles = %s\n[response]\nmode = enforce\n' $LOG; cat; } | guard_conf
	for setting; do conf_if_known "$setting"; done
	guard_start
}

guard_pids() { pgrep -x 'caltropd|caltrop-core'; }

# sum_of FILE PATTERN PID...: the numbers on such lines of /proc/PID/FILE added up.
sum_of()
{
	local file=$1 pattern=$2; shift 2
	cat $(printf "/proc/%s/$file " "$@") 2>/dev/null | awk -v p="$pattern" '$1 ~ p { s += $2 } END { print s + 0 }'
}
private_kib() { sum_of smaps_rollup '^Private_Dirty:$' "$@"; }
pss_kib() { sum_of smaps_rollup '^Pss:$' "$@"; }
