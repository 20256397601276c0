#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# `make bench-ab OLD=commit`: the programs of that commit and today's, alternating on the same machine, and how many times as
# long today's take, the median of all pairs (ab.awk), held against `pairs`. Ends with 1 when a row is slower.
#   OLD=commit      built under $(O)/ab with today's configuration and flags
#   PAIRS=5         old, new, new, old, ...: at least five for a verdict that means something
#   ONLY="react"    of: react breach order rest decode ingest devices size
#   QUICK=1         a few tries, to see that it works
# It says the median ratio of each row, the least and the most of the pairs, and the two medians.
# What a program shows on its outside is measured by today's benches for both. What looks inside (decode, ingest, devices,
# the session for order) comes from the old tree for the old programs, since it is built against that tree's insides.
cd "$(dirname "$0")/../.." || exit 1
here=tests/bench
build=$(realpath -m "${O:-build}")
config=$(realpath -m "${KCONFIG_CONFIG:-$build/.config}")
top=$build/ab old=$build/ab/old pairs=${PAIRS:-5}
O=$build DEPS=$(realpath -m "${DEPS:-$build/deps}")
export O DEPS
export FLOOR=n PEERS_TOO=n MEASURE=caltrop TRIES=${TRIES:-200} COUNT=${COUNT:-1000} INGEST_SECONDS=${INGEST_SECONDS:-3}
export ENROLL=${ENROLL:-16} SECONDS_IDLE=${SECONDS_IDLE:-5} LINES_MANY=${LINES_MANY:-300000} MEGABYTES=${MEGABYTES:-16}
[ -z "${QUICK-}" ] || export TRIES=24 COUNT=100 INGEST_SECONDS=1 LINES_MANY=50000 MEGABYTES=4 SECONDS_IDLE=1

die() { echo "bench-ab: $*" >&2; exit 2; }

[ "${OLD-}" ] || die "name the commit to compare with: make bench-ab OLD=commit"
commit=$(git rev-parse --verify --quiet "$OLD^{commit}") || die "'$OLD' is no commit of this repository"
[[ $pairs =~ ^[1-9][0-9]*$ ]] || die "PAIRS is a number, not '$pairs'"
mkdir -p "$top"
work=$top
# shellcheck source=tests/bench/each.sh
. $here/each.sh

# old_build: a tree of its own without git's memory, kept as long as the commit stays the same.
old_build()
{
	if [ "$(cat "$top/commit" 2>/dev/null)" != "$commit" ]; then
		rm -rf "$old" "$top/commit"; mkdir -p "$old"
		git archive "$commit" | tar -x -C "$old" || die "cannot unpack $OLD"
		echo "$commit" >"$top/commit"
	fi
	mkdir -p "$old/build"
	[ ! -e "$config" ] || cp "$config" "$old/build/.config"
	[ ! -e "$config" ] || old_make olddefconfig || die "$OLD does not take this configuration: see $top/old.log"
	old_make all || die "$OLD does not build: see $top/old.log"
	old_make bench-programs || echo "the bench programs of $OLD do not build: decode, ingest, devices and order are left out" >&2
}
old_make()
{
	make --no-print-directory -C "$old" O="$old/build" KCONFIG_CONFIG="$old/build/.config" DEPS="$DEPS" "$1" >"$top/old.log" 2>&1
}

# one PAIR SIDE BENCH: a bench of one side. A side is where its programs are, and the benches that look inside them.
one()
{
	export PROGRAMS=$build
	[ "$2" = new ] || PROGRAMS=$old/build
	export BENCHES_OWN=$PROGRAMS/tests/bench
	work=$top/$1.$2
	mkdir -p "$work"
	case $3 in
	breach) bench breach env TRIES=$((TRIES / 4)) $here/breach.sh ;;
	order) [ ! -x "$BENCHES_OWN/order" ] || bench order env TRIES=$((TRIES / 2)) $here/order.sh ;;
	decode|ingest|devices) [ ! -x "$BENCHES_OWN/$3" ] || bench "$3" $here/"$3".sh ;;
	size)	size default "$PROGRAMS"
		size tiny "$top/tiny.$2" ;;
	*)	bench "$3" $here/"$3".sh ;;
	esac
}

rm -rf "$top"/[0-9]*.old "$top"/[0-9]*.new
old_build
if [ -z "${QUICK-}" ] && wanted size; then
	tiny_build "$old" "$top/tiny.old"; tiny_build . "$top/tiny.new"
fi
# Both sides of one bench follow one another, so that they see the same machine; which is first takes turns.
for ((pair = 1; pair <= pairs; pair++)); do
	echo "# pair $pair of $pairs" >&2
	sides="old new"; ((pair % 2)) || sides="new old"
	for name in react breach rest order decode ingest devices size; do
		for side in $sides; do one "$pair" $side $name; done
	done
done
rm -f "$top/rows" "$top/notes"
for ((pair = 1; pair <= pairs; pair++)); do
	for side in old new; do
		cat "$top/$pair.$side"/*.rows 2>/dev/null | sed "s/^/$pair $side /" >>"$top/rows"
		sed "s/^/pair $pair, $side: /" "$top/$pair.$side/notes" 2>/dev/null >>"$top/notes"
	done
done

[ -s "$top/rows" ] || die "nothing was measured"
$here/machine.sh | sed -n '/^\(Processor\|Kernel\|Load\)/p'
echo "Old: $(git log -1 --format='%h %s' "$commit")"
echo "New: $(git describe --always --dirty); $pairs pairs"
awk -f $here/ab.awk -v pairs=$here/pairs -v least=$((pairs < 5 ? pairs : 5)) "$top/rows" | tee "$top/report"
rc=${PIPESTATUS[0]}
cat "$top/notes"
[ "$pairs" -ge 5 ] || echo "fewer than five pairs: no verdict that means something"
exit $((rc || failed))
