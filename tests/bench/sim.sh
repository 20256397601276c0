#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Records lost: the simulated world (tests/sim) with all mishaps at once, and after each run its books are compared with
# the store's. `make check-sim` runs the other scenarios, and proves that a loss would be seen.
#   SEEDS=2000 sim.sh     rows "sim WHAT VALUE UNIT"
cd "$(dirname "$0")/../.." || exit 1
sim=$(realpath "${O:-build}")/tests/sim/sim
[ -x "$sim" ] || { echo "skip: the simulator is not built"; exit 77; }
said=$(mktemp)
trap 'rm -f "$said"' EXIT
"$sim" --scenario everything --seeds "${SEEDS:-2000}" >"$said"
grep -A 1 FAILED "$said" >&2	# with how to see it again
# "N runs, N steps: N power cuts, N crashes of the core, N of the service, N broken links, N full disks, N clock jumps"
awk '
	/^[0-9]+ runs, / {
		for (i = 2; i <= NF; i++)
			if ($i $(i + 1) ~ /^(powercuts,|brokenlinks,|fulldisks,)$/)
				faults += $(i - 1)
		print "sim runs", $1, "runs"
		print "sim faults", faults, "faults"
	}
	/^[0-9]+ passed, [0-9]+ failed$/ { print "sim runs_wrong", $3, "runs" }' "$said"
