#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make bench`: runs every bench beside this file, prints each figure as a ratio to the floor or the peer that was measured
# beside it, and writes all of it to RESULTS.md. `budgets` holds the ratios it is compared with.
#   ONLY="react order"  just these     QUICK=1  a few tries, to see that it works; RESULTS.md is left alone
# A bench that cannot run here is named with its reason; so is one that fails, and then this fails too.
cd "$(dirname "$0")/../.." || exit 1
here=tests/bench
build=$(realpath -m "${O:-build}")
work=$build/bench
O=$build DEPS=$(realpath -m "${DEPS:-$build/deps}")
export O DEPS
results=$here/RESULTS.md
mkdir -p "$work"; rm -f "$work"/*.rows "$work"/notes
if [ "${QUICK-}" ]; then
	export TRIES=${TRIES:-24} COUNT=${COUNT:-200} INGEST_SECONDS=${INGEST_SECONDS:-1} ENROLL=${ENROLL:-16} SEEDS=${SEEDS:-50}
	export SECONDS_IDLE=${SECONDS_IDLE:-5} LINES_MANY=${LINES_MANY:-50000} MEGABYTES=${MEGABYTES:-4} ROUNDS=${ROUNDS:-1} ISOLATIONS=${ISOLATIONS:-50} POLICIES=${POLICIES:-50}
	results=$work/RESULTS.md
fi
[ -z "${ONLY-}" ] || results=$work/RESULTS.md
# shellcheck source=tests/bench/each.sh
. $here/each.sh

touch "$work/notes"
$here/machine.sh >"$work/machine"	# now: the load is of others
start=$SECONDS

bench decode $here/decode.sh
bench rules $here/rules.sh
bench sigma $here/sigma.sh
bench react $here/react.sh
bench journal $here/journal.sh
bench sshd $here/sshd.sh
bench breach $here/breach.sh
bench isolate $here/isolate.sh
bench policy $here/policy.sh
bench rest $here/rest.sh
[ -z "${QUICK-}" ] && { wanted rest || wanted size; } && tiny_build . "$work/tiny" &&
	bench rest_tiny env PROGRAMS="$work/tiny" SECONDS_IDLE=5 LINES_MANY=50000 $here/rest.sh
bench order $here/order.sh
bench ingest $here/ingest.sh
bench devices $here/devices.sh
bench search $here/search.sh
bench sim $here/sim.sh
bench exec $here/exec.sh
bench alert $here/alert.sh
bench connect $here/connect.sh
bench precision $here/precision.sh
size default "$build"
[ -n "${QUICK-}" ] || size tiny "$work/tiny"

took=$((SECONDS - start))
echo "Took: $((took / 60)) min $((took % 60)) s; load behind it $(cut -d' ' -f1 /proc/loadavg)" >>"$work/machine"
cat "$work"/*.rows >"$work/rows" 2>/dev/null
awk -f $here/report.awk -v machine="$work/machine" -v notes="$work/notes" \
	-v budgets=$here/budgets -v programs=$here/programs.md "$work/rows" >"$work/report" || exit 1
cp "$work/report" "$results"
sed -n '/^## Budgets/,/^## All/p' "$results" | grep -v '^## All'
cat "$work/notes"
exit $failed
