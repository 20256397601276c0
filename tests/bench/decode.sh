#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Lines a second of the decoders, and of sshguard's and fail2ban's, over one file that decode.c writes. The decoders are
# measured twice: in memory, all of them on, and as a program that reads the file.
#   MEGABYTES=32 PEERS_TOO=y decode.sh     rows "decode WHAT VALUE lines/s"
. "$(dirname "$0")/lib.sh"
world_enter "$@"

decode="$BENCHES_OWN/decode"
megabytes=${MEGABYTES:-32}
log=/tmp/auth.log

TIMEFORMAT='%U %S'
# cpu_ms COMMAND...: processor time, user and kernel, the best of three: what else runs here hardly counts.
cpu_ms()
{
	local i
	for i in 1 2 3; do
		{ time "$@" >/dev/null 2>/dev/null; } 2>&1
	done | awk '{ ms = ($1 + $2) * 1000; if (NR == 1 || ms < best) best = ms } END { print best ? best : 1 }'
}
# row NAME LINES MS [MS THAT DO NOT COUNT]
row() { awk -v n="$2" -v ms="$3" -v less="${4:-0}" -v name="$1" 'BEGIN { printf "decode %s %.0f lines/s\n", name, n * 1000 / (ms - less) }'; }
parser() { "$(find /usr/libexec /usr/lib -name sshg-parser | head -n 1)" <"$1"; }

"$decode" "$megabytes" | awk '{ printf "decode caltrop_%s %.0f lines/s\n", $2, $3 * 1000000 }'
"$decode" write "$megabytes" $log || exit 1
lines=$(wc -l <$log)
"$decode" "$megabytes" $log | awk '{ printf "decode caltrop %.0f lines/s\n", $3 * 1000000 }'
command -v caltrop >/dev/null &&
	row caltrop_parse "$lines" "$(cpu_ms caltrop parse --stats $log)"
[ "${PEERS_TOO-y}" = y ] || exit 0
row sshguard "$lines" "$(cpu_ms parser $log)"

for p in sshguard fail2ban; do
	echo "version $p $(zcat /usr/share/doc/$p/changelog.Debian.gz | sed -n '1s/.*(\([0-9.]*\).*/\1/p')"
done

# A part is enough for the slowest, without what its interpreter takes to start.
cp -r /run/world/peers/etc/fail2ban /etc/
head -n 20000 $log >/tmp/part.log; head -n 1 $log >/tmp/line.log
fail2ban-regex /tmp/part.log sshd 2>&1 | grep -q '^Lines: 20000 lines' || fail "fail2ban-regex does not read the log"
row fail2ban 19999 "$(cpu_ms fail2ban-regex /tmp/part.log sshd)" "$(cpu_ms fail2ban-regex /tmp/line.log sshd)"
