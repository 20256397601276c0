#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The start script of BusyBox and sysvinit: it says when the guard does not start, keeps it running, and gives what it
# says to syslog.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
needs caltropd caltrop-core caltrop
command -v start-stop-daemon >/dev/null || skip "there is no start-stop-daemon"
cast; syslog_start busybox

mkdir -p /tmp/bin
cp "$TOP/ports/linux/caltrop-supervise" /tmp/bin/
sed -e "s|@bindir@|$(dirname "$(command -v caltrop)")|; s|@sbindir@|$(dirname "$(command -v caltropd)")|" \
	-e 's|@libexecdir@|/tmp/bin|' "$TOP/ports/linux/caltropd.init.in" >/tmp/caltropd
chmod +x /tmp/caltropd
script() { on device sh /tmp/caltropd "$@" >/tmp/said 2>&1; }
guard_of() { pgrep -x -P "$(cat /run/caltropd.pid)" caltropd; }

guard_conf <<-EOF
	[auth]
	files = $LOG
	bantime = 3
EOF
script start; is_code 1 "a guard with wrong settings does not start"
check "and the mistake is said" has_line /tmp/said 'bantime'
script status; is_code 3 "it does not run"
script reload; is_code 1 "so it cannot read its settings again"
printf '[guard]\nuser = nobody-here\n' >>$CONF; sed -i /bantime/d $CONF
script start; is_code 1 "one that ends at once has not started"
check "which is said" has_line /tmp/said 'caltropd did not start: caltropd ended with status 67'
check "with where to look" has_line /tmp/said 'The system log .* says why'
says() { has_line /var/log/auth.log "$1"; }
wait_for 5 "why is in the log" says "caltropd: .*there is no user 'nobody-here'"
ok "the log says why"
check_not "and nobody tries again and again" ls /run/caltropd.pid

sed -i /nobody-here/d $CONF
script start; is_code 0 "a good one starts"
script start; is_code 0 "once"
script status; is_code 0 "and runs"
first=$(guard_of)
kill -KILL "$first"
revived() { [ -n "$(guard_of)" ] && [ "$(guard_of)" != "$first" ] && guard_ready; }
wait_for 20 "it is started again" revived
ok "killed, it is started again"
wait_for 5 "which the log has" says 'caltropd ended with status 137 and is started again'
second=$(guard_of)
script reload; is_code 0 "it reads its settings again"
wait_for 5 "it runs on" guard_ready
check "as the same process" [ "$(guard_of)" = "$second" ]
script restart; is_code 0 "it is restarted"
check "as another one" [ "$(guard_of)" != "$second" ]
script stop; is_code 0 "and stopped"
gone() { ! pgrep -f 'caltropd|caltrop-supervise|caltrop-core'; }
wait_for 5 "nothing is left" gone
ok "nothing is left"
script frob; is_code 2 "what the script cannot do is said"
