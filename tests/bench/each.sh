# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# shellcheck disable=SC2034,SC2154 # failed and work are shared with who sources this
# Runs one bench and reads its rows: what run.sh and ab.sh share. Sourced, with $work set to a folder for the outputs.
failed=0	# set when a bench fails

# rows NAME: what a bench said as "KEY VALUE UNIT"; pairs "p50 70 p99 90" become rows of their own, in microseconds.
rows()
{
	awk -v name="$1" '
		$1 == "version" { print "version." $2, $3, "-"; next }
		$1 == "pss" { print "pss." $2, $3, $4; next }
		$1 !~ /^(react|breach|order|journal|rules|sigma|rest|devices|decode|ingest|isolate|policy|sshd|sim|exec|connect|alert|precision|search)$/ { next }
		$1 ~ /^(react|breach|order|journal|alert)$/ {
			key = $1
			for (i = 2; i <= NF && $i != "n"; i++)
				key = key "." $i
			for (; i < NF; i += 2)
				print key "." $i, $(i + 1), $i ~ /^p|max/ ? "us" : "tries"
			next
		}
		{ print name "." $2, $3, $4 }' "$work/$1.out"
}

# wanted NAME: whether ONLY, when it is set, names it.
wanted() { [ -z "${ONLY-}" ] || [[ " $ONLY " == *" $1 "* ]]; }

# bench NAME COMMAND...: its rows go to $work/NAME.rows; one that cannot run here, or fails, gets a line in $work/notes.
bench()
{
	local name=$1 rc start=$SECONDS; shift
	wanted "${name%_*}" || return 0
	echo "# $name" >&2
	timeout -k 10 "${BENCH_SECONDS:-900}" "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null
	rc=$?
	rows "$name" >"$work/$name.rows"
	if [ $rc = 77 ]; then
		echo "$name: not run here: $(grep -h '^skip: ' "$work/$name.out" "$work/$name.err" | tail -n 1 | cut -c 7-)"
	elif [ $rc != 0 ]; then
		failed=1
		echo "$name: FAILED ($rc): $(grep -hv '^logs: ' "$work/$name.err" | tail -n 1)"
	fi >>"$work/notes"
	echo "# $name: $((SECONDS - start)) s" >&2
}

# tiny_build TREE FOLDER: the smallest guard of a tree of sources.
tiny_build()
{
	local to=(--no-print-directory -C "$1" O="$2" KCONFIG_CONFIG="$2/.config" DEPS="$DEPS")
	make "${to[@]}" tiny_defconfig >"$work/tiny.log" 2>&1 && make "${to[@]}" agent >>"$work/tiny.log" 2>&1 && return
	failed=1
	echo "tiny: FAILED: the tiny profile does not build: $(grep -m 1 error "$work/tiny.log")" >>"$work/notes"
	return 1
}

# size NAME FOLDER: both programs stripped, or the one that they are. `make footprint` says what each option weighs.
size()
{
	local p
	wanted size && [ -x "$2/caltropd" ] && [ -x "$2/caltrop-core" ] || return 0
	for p in caltropd caltrop-core; do
		[ -L "$2/$p" ] || { ${STRIP:-strip} -o "$work/stripped" "$2/$p" && stat -c %s "$work/stripped"; }
	done | awk -v p="$1" '{ s += $1 } END { print "size." p, s, "bytes" }' >>"$work/size.rows"
}
