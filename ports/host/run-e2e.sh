#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs end-to-end tests, E2E_JOBS at a time, and counts: run-e2e.sh RESULT LOG-DIR TEST.sh... Two for each
# processor, for most of a test is waiting.
# A test ends with 0 (passed), 77 (cannot run here, says why) or anything else; it has E2E_SECONDS to end. What is said of
# one is said when it has ended. Interrupted, the tests that run are ended, too.
set -u
result=$1
logs=$2
shift 2
mkdir -p "$(dirname "$result")" "$logs"
ends=$(mktemp -d)
jobs=
trap 'kill $jobs 2>/dev/null; wait; rm -rf "$ends"' EXIT
trap 'exit 130' INT TERM HUP

run_one()
{
	name=$(basename "$1" .sh)
	run="sh"
	[ -x "$1" ] && run="env"
	start=$(date +%s)
	timeout -k 10 "${E2E_SECONDS:-600}" "$run" "$1" >"$logs/$name.log" 2>&1 </dev/null &
	test=$!
	trap 'kill $test 2>/dev/null; wait $test; exit 130' TERM
	wait $test
	status=$?
	took=$(($(date +%s) - start))
	case $status in
	0) said="ok    $name (${took} s)" ;;
	77) said="skip  $name: $(tail -n 1 "$logs/$name.log")" ;;
	*) said="FAIL  $name (status $status, ${took} s), the end of $logs/$name.log:
$(tail -n 40 "$logs/$name.log" | sed 's/^/      | /')" ;;
	esac
	printf '%s\n' "$said"
	printf '%s\n' "${said%% *}" >"$ends/$name"
}

# Worker N takes every test that no other has taken, in their order.
worker()
{
	for test_file; do
		mkdir "$ends/$(basename "$test_file" .sh).taken" 2>/dev/null && run_one "$test_file"
	done
}

n=0
while [ $n -lt "${E2E_JOBS:-$((2 * $(nproc)))}" ]; do
	n=$((n + 1))
	worker "$@" &
	jobs="$jobs $!"
done
# shellcheck disable=SC2086 # one pid a word
wait $jobs
# What failed beside others is tried once more, alone, and both are said: on a full machine a test can miss its time. More
# than a few are no accident.
again=$(grep -lx FAIL "$ends"/* 2>/dev/null | wc -l)
for test_file; do
	name=$(basename "$test_file" .sh)
	[ "$again" -le 3 ] && [ "$(cat "$ends/$name" 2>/dev/null)" = FAIL ] || continue
	mv "$logs/$name.log" "$logs/$name.first.log"
	echo "again $name, alone; what it said first is in $logs/$name.first.log"
	run_one "$test_file"
done
count() { cat "$ends"/* 2>/dev/null | grep -c "^$1\$"; }
passed=$(count ok)
skipped=$(count skip)
failed=$(($# - passed - skipped))
echo "$passed $failed" >"$result"
[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
