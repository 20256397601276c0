#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs cmocka programs and counts: run-unit.sh RESULT PROGRAM...
# RUN is put before each program, for an emulator; a program has UNIT_SECONDS to end.
set -u
result=$1
shift
mkdir -p "$(dirname "$result")"
out=$(mktemp)
trap 'rm -f "$out"' EXIT
passed=0
failed=0
for program; do
	printf '%s\n' "$program"
	# shellcheck disable=SC2086 # RUN is a command with arguments
	timeout "${UNIT_SECONDS:-120}" ${RUN:-} "$program" >"$out" 2>&1 </dev/null
	status=$?
	cat "$out"
	p=$(awk '/^\[  PASSED  \] [0-9]+ test/ { n += $4 } END { print n + 0 }' "$out")
	f=$(awk '/^\[  FAILED  \] [0-9]+ test/ { n += $4 } END { print n + 0 }' "$out")
	if [ $status -ne 0 ] && [ "$f" -eq 0 ]; then
		echo "$program: ended with status $status"
		f=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
done
echo "$passed $failed" >"$result"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
