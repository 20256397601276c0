#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Which branches the quick checks took: coverage.sh DIR-OF-THE-VARIANT PROGRAM...
# Runs unit tests, the simulator and every fuzzer over its corpus, all built with --coverage, and prints for each folder
# of the guard and of proto how many of its branches were taken. Lines of require() are left out: their other branch is
# a bug of ours. COVERAGE_MIN=90 fails when a folder named in `wanted` takes fewer percent; VERBOSE=1 lists what was not
# taken. The last line counts those folders: "N passed, N failed".
set -u
dir=$1
shift
wanted='agent/core agent/rules agent/response agent/actor proto'
log=$dir/coverage.log
: >"$log"
find "$dir" -name '*.gcda' -exec rm -f {} +
# As many at a time as there are processors: who writes a file of counters locks it and adds to it.
export log
: >"$log.failed"
# shellcheck disable=SC2016 # for the inner shell
printf '%s\n' "$@" | xargs -P "$(nproc)" -n 1 sh -c '
	case $0 in
	*_fuzz) set -- "tests/fuzz/corpus/$(basename "$0" _fuzz)" ;;
	*/sim) set -- --seeds 30 ;;
	esac
	timeout 900 "$0" "$@" >>"$log" 2>&1 </dev/null || echo "failed: $0" | tee -a "$log.failed"'
failed=$(wc -l <"$log.failed")
# Processes without rights cannot open their files and lose what they counted alone; a damaged file loses all before.
if grep '^libgcov profiling error' "$log"; then
	echo "failed: counters were lost, the figures below are too low"
	failed=$((failed + 1))
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
find "$dir/agent" "$dir/proto" "$dir/server-stub" -name '*.gcda' | sort >"$work/data"
while read -r data; do
	gcov -b -c -t "$data" 2>/dev/null
done <"$work/data" | awk -v verbose="${VERBOSE-}" -v wanted="$wanted" -v min="${COVERAGE_MIN:-0}" '
	/^ *-: *0:Source:/ { file = $0; sub(/.*Source:/, "", file); next }
	/^ *[-#=0-9*]+: *[0-9]+:/ {
		line = $0
		sub(/^ *[-#=0-9*]+: */, "", line)
		number = line
		sub(/:.*/, "", number)
		sub(/^[0-9]+:/, "", line)
		skip = line ~ /require\(/ || file !~ /^(agent|proto|server-stub)\/.*\.c$/
		next
	}
	/^branch +[0-9]+ / && !skip {
		folder = file
		sub(/\/[^\/]*$/, "", folder)
		all[folder]++
		hit = / taken [1-9]/
		taken[folder] += hit
		if (!hit && verbose)
			print "not taken: " file ":" number ": " line > "/dev/stderr"
	}
	END {
		n = split(wanted, w, " ")
		for (folder in all) {
			printf "%5.1f %% of %5d branches  %s\n", 100 * taken[folder] / all[folder], all[folder], folder | "sort -k6"
			for (i = 1; i <= n; i++)
				if (folder == w[i] || index(folder, w[i] "/") == 1) { a[i] += all[folder]; t[i] += taken[folder] }
		}
		close("sort -k6")
		print ""
		for (i = 1; i <= n; i++) {
			p = a[i] ? 100 * t[i] / a[i] : 0
			printf "%5.1f %%  %s\n", p, w[i]
			short += p < min
			if (p < min)
				printf "FAIL  %s: less than %s %%\n", w[i], min
		}
		printf "%d passed, %d failed\n", n - short, short
		exit short > 0
	}'
status=$?
[ "$failed" -eq 0 ] && [ "$status" -eq 0 ]
