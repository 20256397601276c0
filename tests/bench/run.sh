#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make bench`: runs every bench beside this file, prints the figures and writes them to RESULTS.md beside their budgets.
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
	export TRIES=${TRIES:-24} COUNT=${COUNT:-200} INGEST_SECONDS=${INGEST_SECONDS:-1} ENROLL=${ENROLL:-16}
	export SECONDS_IDLE=${SECONDS_IDLE:-5} LINES_MANY=${LINES_MANY:-50000} MEGABYTES=${MEGABYTES:-4}
	results=$work/RESULTS.md
fi
[ -z "${ONLY-}" ] || results=$work/RESULTS.md

# rows NAME: what a bench said as "KEY VALUE UNIT"; pairs "p50 70 p99 90" become rows of their own, in microseconds.
rows()
{
	awk -v name="$1" '
		$1 == "version" { print "version." $2, $3, "-"; next }
		$1 == "disk" { print name ".of_disk." $2, $3, $4; next }
		$1 == "pss" { print "pss." $2, $3, $4; next }
		$1 !~ /^(react|breach|order|rest|devices|decode|ingest)$/ { next }
		$1 ~ /^(react|breach|order)$/ {
			key = $1
			for (i = 2; i <= NF && $i != "n"; i++)
				key = key "." $i
			for (; i < NF; i += 2)
				print key "." $i, $(i + 1), $i ~ /^p|max/ ? "us" : "tries"
			next
		}
		{ print name "." $2, $3, $4 }' "$work/$1.out"
}

failed=0
# bench NAME COMMAND...
bench()
{
	local name=$1 rc; shift
	[ -z "${ONLY-}" ] || [[ " $ONLY " == *" ${name%_*} "* ]] || return
	echo "# $name" >&2
	timeout -k 10 "${BENCH_SECONDS:-1800}" "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null
	rc=$?
	rows "$name" >"$work/$name.rows"
	if [ $rc = 77 ]; then
		echo "$name: not run here: $(grep -h '^skip: ' "$work/$name.out" "$work/$name.err" | tail -n 1 | cut -c 7-)"
	elif [ $rc != 0 ]; then
		failed=1
		echo "$name: FAILED ($rc): $(grep -hv '^logs: ' "$work/$name.err" | tail -n 1)"
	fi >>"$work/notes"
	cat "$work/$name.rows"
}

$here/machine.sh >"$work/machine"	# now: the load is of others

# The smallest guard, for its memory. The full configuration's guard is the default one.
tiny_build()
{
	[ -z "${QUICK-}" ] || return
	make --no-print-directory O="$work/tiny" DEPS="$DEPS" tiny_defconfig >"$work/tiny.log" 2>&1 &&
		make --no-print-directory O="$work/tiny" DEPS="$DEPS" agent >>"$work/tiny.log" 2>&1 || {
		failed=1; echo "rest_tiny: FAILED: the tiny profile does not build: $(grep -m 1 error "$work/tiny.log")" >>"$work/notes"
		return 1
	}
}

bench decode $here/decode.sh
bench react $here/react.sh
bench breach $here/breach.sh
bench rest $here/rest.sh
tiny_build && bench rest_tiny env O="$work/tiny" SECONDS_IDLE=5 LINES_MANY=50000 $here/rest.sh
bench order $here/order.sh
bench ingest "$build/tests/bench/ingest" "$work/ingest.db" 3
bench devices $here/devices.sh

# size NAME FOLDER: both programs stripped. `make footprint` says what each option weighs.
size()
{
	local p
	[ -z "${ONLY-}" ] && [ -x "$2/caltropd" ] && [ -x "$2/caltrop-core" ] || return
	for p in caltropd caltrop-core; do
		${STRIP:-strip} -o "$work/stripped" "$2/$p" && stat -c %s "$work/stripped"
	done | awk -v p="$1" '{ s += $1 } END { print "size." p, s, "bytes" }' >>"$work/size.rows"
}
size default "$build"
size tiny "$work/tiny"

touch "$work/notes"
cat "$work"/*.rows >"$work/rows" 2>/dev/null
awk -f $here/report.awk -v machine="$work/machine" -v notes="$work/notes" -v budgets=$here/budgets "$work/rows" >"$work/report" ||
	exit 1
cp "$work/report" "$results"
sed -n '/^## Budgets/,/^## All/p' "$results" | grep -v '^## All'
cat "$work/notes"
exit $failed
