#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Steps and breaches that nobody should have got: recorded logs with what is right beside them (tests/corpus/decisions), and
# ordinary use (tests/hour), which gives no reason for any. What was right is a row, too: a guard that does nothing is
# never wrong. `make check-decisions` and tests/e2e/87-hour.sh compare the rest.
#   precision.sh     rows "precision WHAT VALUE UNIT"
cd "$(dirname "$0")/../.." || exit 1
caltrop=${O:-build}/caltrop pack=${O:-build}/caltrop-rules.pack
command -v jq >/dev/null || { echo 'skip: there is no jq'; exit 77; }
"$caltrop" replay --help 2>/dev/null | grep -q -e --events || { echo 'skip: this build has no TOOL_REPLAY'; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TZ=UTC

# acts <DECISIONS: steps and breaches, one a line.
acts()
{
	jq -r 'select(.decision == "step" or (.decision == "finding" and .rule == "breach")) |
		"\(.line) \(.decision) \(.verb) \(.rule) \(.outcome) \(.src) \(.user)"' | sort
}

logs=0 wrong=0 right=0
for log in tests/corpus/decisions/*.log; do
	more=()
	[ ! -f "${log%.log}.conf" ] || more=(--config "${log%.log}.conf")
	"$caltrop" replay --no-pack --json "${more[@]}" "$log" 2>/dev/null | acts >"$work/got"
	acts <"${log%.log}.jsonl" >"$work/wanted"
	logs=$((logs + 1))
	wrong=$((wrong + $(comm -23 "$work/got" "$work/wanted" | wc -l)))
	right=$((right + $(comm -12 "$work/got" "$work/wanted" | wc -l)))
done

gzip -dc tests/hour/events.jsonl.gz >"$work/events"
gzip -dc tests/hour/log.gz >"$work/log"
"$caltrop" replay --json --pack "$pack" --events "$work/events" "$work/log" >"$work/hour" 2>"$work/said" || { cat "$work/said" >&2; exit 1; }
use=$(acts <"$work/hour" | wc -l)
loud=$(jq -r 'select(.decision == "alert" and (.level | IN("medium", "high", "critical"))) | .title' <"$work/hour" | wc -l)

echo "precision logs $logs logs"
echo "precision events $(wc -l <"$work/events") events"
echo "precision lines $(wc -l <"$work/log") lines"
echo "precision right $right steps"
echo "precision loud $loud alerts"
echo "precision wrong $((wrong + use)) steps"
