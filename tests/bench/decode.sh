#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Lines a second of the decoders, and of sshguard's and fail2ban's, over one file that decode.c writes. The decoders are
# measured twice: in memory, all of them on, and as a program that reads the file.
#   MEGABYTES=32 decode.sh     rows "decode WHAT VALUE lines/s"
. "$(dirname "$0")/lib.sh"
world_enter "$@"

decode="$BUILD/tests/bench/decode"
megabytes=${MEGABYTES:-32}
log=/tmp/auth.log

per_second() { awk -v n="$1" -v ms="$2" 'BEGIN { printf "%.0f", n * 1000 / (ms ? ms : 1) }'; }
# took COMMAND...: milliseconds, the best of three
took()
{
	local best=999999 start ms i
	for i in 1 2 3; do
		start=$(now_ms); "$@" >/dev/null 2>/dev/null; ms=$(($(now_ms) - start))
		[ $ms -ge $best ] || best=$ms
	done
	echo $best
}
parser() { "$(find /usr/libexec /usr/lib -name sshg-parser | head -n 1)" <"$1"; }

"$decode" "$megabytes" | awk '{ printf "decode caltrop_%s %.0f lines/s\n", $2, $3 * 1000000 }'
"$decode" write "$megabytes" $log || exit 1
lines=$(wc -l <$log)
"$decode" "$megabytes" $log | awk '{ printf "decode caltrop %.0f lines/s\n", $3 * 1000000 }'
command -v caltrop >/dev/null &&
	echo "decode caltrop_parse $(per_second "$lines" "$(took caltrop parse --stats $log)") lines/s"
echo "decode sshguard $(per_second "$lines" "$(took parser $log)") lines/s"

for p in sshguard fail2ban; do
	echo "version $p $(zcat /usr/share/doc/$p/changelog.Debian.gz | sed -n '1s/.*(\([0-9.]*\).*/\1/p')"
done

# A part is enough for the slowest; its own clock counts, without the start of the interpreter.
cp -r /run/world/peers/etc/fail2ban /etc/
head -n 30000 $log >/tmp/part.log
fail2ban-regex /tmp/part.log sshd >/tmp/fail2ban.out 2>&1
awk '/^Lines: / { n = $2 } /processed in/ { sub(/.*processed in /, ""); if (n && $1) printf "decode fail2ban %.0f lines/s\n", n / $1 }' \
	/tmp/fail2ban.out | grep . || { echo "no time from fail2ban-regex" >&2; tail -n 5 /tmp/fail2ban.out >&2; }
