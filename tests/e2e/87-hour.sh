#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Ordinary use of a real machine (tests/hour), replayed: the pack that is installed finds nothing above `low`,
# the built-in rules find nothing at all, and the desk's own evaluator finds the same.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
caltrop=${O:?}/caltrop pack=$O/caltrop-rules.pack hour=$here/../hour
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "FAIL: $*"; exit 1; }
ok() { echo "ok: $*"; }
skip() { echo "skipped: $*"; exit 77; }
check() { local text=$1; shift; "$@" || fail "$text"; ok "$text"; }

"$caltrop" replay --help 2>/dev/null | grep -q -e --events || skip 'this build has no TOOL_REPLAY'
[ -e "$pack" ] || skip 'no pack was built'
command -v jq >/dev/null || skip 'there is no jq'

gzip -dc "$hour/events.jsonl.gz" >"$work/events"
gzip -dc "$hour/log.gz" >"$work/log"
TZ=UTC "$caltrop" replay --json --pack "$pack" --events "$work/events" "$work/log" >"$work/decisions" 2>"$work/said" ||
	fail "$(cat "$work/said")"
ok "replayed: $(sed "s|$work/||; s/^caltrop replay: //" "$work/said" | tr '\n' ' ')"

# What it is an hour of: without these a quiet hour would say nothing.
has() { jq -es "any($1)" <"$work/events" >/dev/null; }
check 'a package upgrade' has '.Image == "/usr/bin/dpkg" and ((.CommandLine // "") | test("--unpack"))'
check 'a build of C' has '(.Image // "") | test("/cc1$")'
check 'cron' has '.ParentImage == "/usr/sbin/cron"'
check 'log rotation' has '.Image == "/usr/sbin/logrotate"'
check 'ssh and scp by users' has '.Image == "/usr/lib/openssh/sftp-server"'
check 'a web server and its clients' has '.logsource.category == "network_connection" and .DestinationPort == 80'
check 'files that decide, changed' has '.logsource.category == "file_event"'
check 'listeners' has '.logsource.category == "listener"'
decided() { jq -es "$1" <"$work/decisions" >/dev/null; }
check 'log-ins' decided 'any(.decision == "attempt" and .outcome == "success")'

# What was found.
jq -r 'select(.decision == "alert") | "\(.level): \(.title)"' <"$work/decisions" | sort | uniq -c >"$work/found"
sed 's/^ */found: /' "$work/found"
check 'something low was found, so the rules looked' grep -q ' low: ' "$work/found"
loud() { jq -c 'select(.decision == "alert" and (.level | IN("medium", "high", "critical")))' <"$work/decisions"; }
[ -z "$(loud)" ] || { loud; fail "above low: $(loud | wc -l) alerts"; }
ok 'nothing above low'
check 'no finding of the built-in rules' decided 'all(.decision != "finding")'

# The desk's evaluator has no gate and no tallies of the device's.
"$caltrop" rule test --pack "$pack" --events "$work/events" | jq -r 'select(.level | IN("low", "medium", "high", "critical")) |
	"\(.event) \(.rule_id)"' | sort >"$work/desk"
jq -r --arg file "$work/events" 'select(.decision == "alert" and .file == $file) | "\(.line) \(.rule)"' <"$work/decisions" |
	sort >"$work/device"
diff "$work/desk" "$work/device" >"$work/diff" || { head "$work/diff"; fail 'the desk finds otherwise'; }
ok "the desk finds the same $(wc -l <"$work/desk") matches"
