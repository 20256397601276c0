#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs each harness for SECONDS over its corpus and counts: run-fuzz.sh RESULT SECONDS X_fuzz...
# New inputs and crashes land beside the harness; a crash becomes a seed in tests/fuzz/corpus/X with its fix.
set -u
result=$1
seconds=$2
shift 2
mkdir -p "$(dirname "$result")"
passed=0
failed=0
for harness; do
	name=$(basename "$harness" _fuzz)
	mkdir -p "$harness.found"
	seeds=tests/fuzz/corpus/$name
	[ -d "$seeds" ] || seeds=
	# shellcheck disable=SC2086 # RUN is a command, seeds may be empty
	if ${RUN:-} "$harness" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -seed=1 -print_final_stats=1 \
		-artifact_prefix="$harness.crash-" "$harness.found" $seeds >"$harness.log" 2>&1 </dev/null; then
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
