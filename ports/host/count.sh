#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a command whose last line is "N passed, N failed" and leaves the two counts: count.sh RESULT COMMAND...
set -u
result=$1
shift
mkdir -p "$(dirname "$result")"
out=$(mktemp)
trap 'rm -f "$out"' EXIT
{
	timeout "${RUNNER_SECONDS:-600}" "$@" </dev/null 2>&1
	echo "$?" >"$out.status"
} | tee "$out"
status=$(cat "$out.status")
rm -f "$out.status"
counts=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed.*$/\1 \2/p' "$out" | tail -n 1)
case "$counts" in
'') counts="0 1" ;;
*' 0') [ "$status" -eq 0 ] || counts="${counts% 0} 1" ;;
esac
echo "$counts" >"$result"
case "$counts" in
*' 0') exit 0 ;;
*) exit 1 ;;
esac
