#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Adds up what the runners counted and prints the one line that CI reads: sum.sh DIR RUNNER...
# A runner that left no count did not get to its end, which is one failure.
set -u
dir=$1
shift
passed=0
failed=0
for runner; do
	p=0
	f=1
	[ -f "$dir/$runner" ] && read -r p f <"$dir/$runner"
	printf '%-12s %6d passed, %d failed\n' "$runner" "$p" "$f"
	passed=$((passed + p))
	failed=$((failed + f))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
