#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs end-to-end tests and counts: run-e2e.sh RESULT LOG-DIR TEST.sh...
# A test ends with 0 (passed), 77 (cannot run here, says why) or anything else; it has E2E_SECONDS to end.
set -u
result=$1
logs=$2
shift 2
mkdir -p "$(dirname "$result")" "$logs"
passed=0
failed=0
skipped=0
for test; do
	name=$(basename "$test" .sh)
	run=sh
	[ -x "$test" ] && run=env
	start=$(date +%s)
	timeout -k 10 "${E2E_SECONDS:-300}" "$run" "$test" >"$logs/$name.log" 2>&1 </dev/null
	status=$?
	took=$(($(date +%s) - start))
	case $status in
	0)
		passed=$((passed + 1))
		echo "ok    $name (${took} s)"
		;;
	77)
		skipped=$((skipped + 1))
		echo "skip  $name: $(tail -n 1 "$logs/$name.log")"
		;;
	*)
		failed=$((failed + 1))
		echo "FAIL  $name (status $status, ${took} s), the end of $logs/$name.log:"
		tail -n 40 "$logs/$name.log" | sed 's/^/      | /'
		;;
	esac
done
echo "$passed $failed" >"$result"
[ "$skipped" -eq 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
