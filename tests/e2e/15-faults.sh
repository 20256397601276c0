#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Faults that were found by attack and from public reports, each tried against the real daemon in a world of its
# own: faults/NAME.sh. One line a fault says whether it is still there, and the first line of the script what it is.
#   FAULT=part of a name runs only those; PROGRAMS=DIR tries the programs in DIR, so that an old build shows its faults.
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$here/../.." && realpath -m "${O:-build}")
logs=$build/e2e/15-faults
mkdir -p "$logs"
found=0 gone=0 unseen=0
for script in "$here"/faults/*"${FAULT-}"*.sh; do
	name=$(basename "$script" .sh)
	timeout -k 10 120 bash "$script" >"$logs/$name.log" 2>&1 </dev/null
	case $? in
	0)	gone=$((gone + 1)); word=mended why=$(sed -n '3s/^# //p' "$script") ;;
	77)	unseen=$((unseen + 1)); word=unseen why=$(tail -n 1 "$logs/$name.log") ;;
	*)	found=$((found + 1)); word=FAULT why=$(grep -m 1 -E '^FAIL' "$logs/$name.log" || tail -n 1 "$logs/$name.log") ;;
	esac
	printf '%-7s %-18s %s\n' "$word" "$name" "$why"
done
echo "$gone mended, $found still there, $unseen not seen"
[ $found -eq 0 ] || exit 1
[ $gone -gt 0 ] || exit 77
