#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A line that crashes the core is met again by the next one, which reads on where the last one was. The second time it is
# skipped, kept and reported, and what comes behind it counts. Another core's end blames no line.

. "$(dirname "$0")/lib.sh"
needs_helper crashing_core
world_enter "$@"
cast; log_new

core=/opt/core
mkdir -p /opt
printf '#!/bin/sh\nLD_PRELOAD=%s exec /usr/local/libexec/caltrop-core\n' "$crashing_core" >$core
chmod 755 $core
said() { has_line /var/log/world/guard "$1"; }
ends() { lines_of /var/log/world/guard 'the core was ended by signal 6'; }
skipped=$STATE/core/skipped_lines

guard_conf <<-EOF
	[guard]
	core = $core
	[rule.brute_force]
	count = 3
EOF
guard_start
log_failure $ATTACKER1; log_failure $ATTACKER1
wait_for 10 "the lines are read" eval 'on device caltrop local status | grep -q "^attempts *2$"'
stop guard; guard_start		# where it is in the log is saved when it ends
stamp=$(date +%Y-%m-%dT%H:%M:%S.%6N%:z)
line="$stamp device sshd[77]: User crash the core from 198.51.100.99 not allowed because not listed in AllowUsers"
echo "$line" >>$LOG
log_failure $ATTACKER1
wait_for 20 "what comes behind the line counts" banned $ATTACKER1
ok "what comes behind the line counts"
check "two cores were ended by it, no third" [ "$(ends)" = 2 ]
check "which is said" said 'ended twice while it read the same line, which is skipped from now on'
check "the line is kept" [ "$(cat $skipped)" = "$line" ]
check "for the guard's user alone" [ "$(stat -c '%a %U' $skipped)" = '600 caltrop' ]
check "and health says so" health_says 'lines that ended the core twice are skipped, 1 so far; they are in core/skipped_lines'

incident() { on device caltrop local incidents --json | jq -e ".items[] | select(.rule == \"line_skipped\" and .subject_kind == \"device\")"; }
wait_for 10 "it is an incident of the device" incident
ok "it is an incident of the device"

# It is written again, by whoever found out: no core ends.
for i in {1..5}; do echo "$line" >>$LOG; done
log_failure $ATTACKER2; log_failure $ATTACKER2; log_failure $ATTACKER2
wait_for 10 "the next attacker is banned" banned $ATTACKER2
check "the same line ends no core any more" [ "$(ends)" = 2 ]
check "all of them are counted" health_says 'skipped, 6 so far'

# The file has an end, and something else in its place hinders nothing.
head -c 65530 /dev/zero | tr '\0' x >$skipped
echo "$line" >>$LOG
wait_for 10 "the next one is counted" health_says 'skipped, 7 so far; the last could not be kept in core/skipped_lines: limit reached'
check "the file does not grow" [ "$(stat -c %s $skipped)" = 65530 ]
rm $skipped; mkfifo $skipped; chown caltrop $skipped
echo "$line" >>$LOG
wait_for 10 "the next one is counted" health_says 'skipped, 8 so far; the last could not be kept .*not a regular file'
ok "something else in the file's place hinders nothing"

# A core that is killed, or that ends while it reads nothing, blames nobody.
for i in 1 2 3; do
	kill -ABRT $(guard_pid)
	wait_for 20 "the guard answers again" guard_ready
done
check "other ends blame no line" [ "$(lines_of /var/log/world/guard 'which is skipped')" = 1 ]
