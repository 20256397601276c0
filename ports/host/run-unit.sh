#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs cmocka programs, as many at a time as there are processors (UNIT_JOBS), and counts: run-unit.sh RESULT PROGRAM...
# Prints what each said, in their order, when all have ended.
# RUN is put before each program, for an emulator; a program has UNIT_SECONDS to end.
set -u
result=$1
shift
mkdir -p "$(dirname "$result")"
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
trap 'exit 130' INT TERM HUP
RUN=${RUN:-}
UNIT_SECONDS=${UNIT_SECONDS:-300}
export out RUN UNIT_SECONDS

[ $# -eq 0 ] || printf '%s\n' "$@" | nl -w 4 -n rz | xargs -P "${UNIT_JOBS:-$(nproc)}" -L 1 sh -c '
	# shellcheck disable=SC2086 # RUN is a command with arguments
	timeout "$UNIT_SECONDS" $RUN "$1" >"$out/$0" 2>&1 </dev/null
	echo $? >"$out/$0.status"'
passed=0
failed=0
n=0
for program; do
	n=$((n + 1))
	said=$out/$(printf %04d $n)
	status=$(cat "$said.status" 2>/dev/null || echo 'unknown: it was not run')
	printf '%s\n' "$program"
	cat "$said"
	p=$(awk '/^\[  PASSED  \] [0-9]+ test/ { n += $4 } END { print n + 0 }' "$said")
	f=$(awk '/^\[  FAILED  \] [0-9]+ test/ { n += $4 } END { print n + 0 }' "$said")
	if [ "$status" != 0 ] && [ "$f" -eq 0 ]; then
		echo "$program: ended with status $status"
		f=1
	fi
	passed=$((passed + p))
	failed=$((failed + f))
done
echo "$passed $failed" >"$result"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
