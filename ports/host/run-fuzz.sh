#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs each harness for SECONDS over its corpus, as many at a time as there are processors (FUZZ_JOBS), and counts:
# run-fuzz.sh RESULT SECONDS X_fuzz... What is said of one is said in their order, when all have ended.
# New inputs and crashes land beside the harness; a crash becomes a seed in tests/fuzz/corpus/X with its fix.
set -u
result=$1
SECONDS_EACH=$2
shift 2
mkdir -p "$(dirname "$result")"
RUN=${RUN:-}
export RUN SECONDS_EACH

[ $# -eq 0 ] || printf '%s\n' "$@" | xargs -P "${FUZZ_JOBS:-$(nproc)}" -n 1 sh -c '
	harness=$0
	seeds=tests/fuzz/corpus/$(basename "$harness" _fuzz)
	[ -d "$seeds" ] || seeds=
	mkdir -p "$harness.found"
	rm -f "$harness.status"
	# shellcheck disable=SC2086 # RUN is a command, seeds may be empty
	$RUN "$harness" -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=2048 -seed=1 -print_final_stats=1 \
		-print_funcs=0 -artifact_prefix="$harness.crash-" "$harness.found" $seeds >"$harness.log" 2>&1 </dev/null
	echo $? >"$harness.status"'
passed=0
failed=0
for harness; do
	name=$(basename "$harness" _fuzz)
	if [ "$(cat "$harness.status" 2>/dev/null)" = 0 ]; then
		passed=$((passed + 1))
		echo "ok    $name, $(sed -n 's/^stat::number_of_executed_units: *//p' "$harness.log") runs"
	else
		failed=$((failed + 1))
		echo "FAIL  $name, the end of $harness.log:"
		tail -n 40 "$harness.log" | sed 's/^/      | /'
	fi
done
echo "$passed $failed" >"$result"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
