#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Old news: what was over before its line was read is told of, and nobody is banned for it; what happens now is seen. `local explain` says why.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
guard_conf </dev/null
guard_start

# failures ADDRESS SECONDS-AGO FORM [STEP]: five wrong passwords, STEP seconds apart, the last one that long ago.
failures()
{
	local i
	for i in 4 3 2 1 0; do
		printf '%s sshd[%d]: Failed password for root from %s port 40000 ssh2\n' \
			"$(date -d "@$(($(date +%s) - $2 - i * ${4-3}))" "+$3")" $((++number + 3000)) "$1" >>$LOG
	done
}
CLASSIC='%b %e %H:%M:%S device' ISO='%Y-%m-%dT%H:%M:%S.000000%:z device' OPENWRT='%a %b %e %H:%M:%S %Y authpriv.info'
told() { on device caltrop local incidents | grep -q "$1"; }
not_told() { ! told "$1"; }

# A daemon appends what it kept for a day, while the guard runs.
failures 198.51.100.20 0 "$CLASSIC"
wait_for 5 "guesses of now are banned" banned 198.51.100.20
failures 198.51.100.21 86400 "$CLASSIC"
failures 198.51.100.22 1500 "$CLASSIC"
failures 198.51.100.23 0 "$CLASSIC"
wait_for 5 "guesses of now behind old ones are banned" banned 198.51.100.23
ok "guesses of now behind old ones are banned"
check "old ones are told of" told 198.51.100.21
check "those of yesterday are not banned" not_banned 198.51.100.21
check "nor those of half an hour ago" not_banned 198.51.100.22

# And says so to whoever asks.
explained() { on device caltrop local explain "$1" --json | jq -e "$2" >/dev/null; }
check "who is banned, by which rule" explained 198.51.100.23 '.explain.verdict == "banned" and .bans[0].rule == "brute_force"'
check "why who is not is not" explained 198.51.100.21 '.explain.verdict == "refused" and (.explain.why | test("over"))'
check "what never_ban has" explained $OPERATOR '.explain.verdict == "protected" and (.protections | length) == 1'
check "what is not known" explained 198.51.100.99 '.explain.verdict == "unknown" and .bans == []'
check "in words" eval 'on device caltrop local explain 198.51.100.23 | grep -q "^198.51.100.23: banned: the rule brute_force"'
on device caltrop local explain mallory >/tmp/said 2>&1; is_code 2 "what is no address"

# The guard was off.
guard_down() { kill $PID_guard; wait $PID_guard 2>/dev/null; }
n=30
for form in "$ISO" "$OPENWRT" "$CLASSIC"; do
	n=$((n + 10))
	failures 198.51.100.$n 0 "$form"
	wait_for 5 "guesses of now are banned" banned 198.51.100.$n
	guard_down
	failures 198.51.100.$((n + 1)) 0 "$form" 36000	# one typing error every ten hours
	failures 198.51.100.$((n + 2)) 90000 "$form"
	failures 198.51.100.$((n + 3)) 20 "$form"
	guard_start
	wait_for 5 "what began while the guard was off is banned" banned 198.51.100.$((n + 3))
	ok "what began while the guard was off is banned (${form%% device})"
	check "who was over before is not" not_banned 198.51.100.$((n + 2))
	check "nor who made a typing error every ten hours" not_banned 198.51.100.$((n + 1))
	check "which is no incident either" not_told 198.51.100.$((n + 1))
done
