#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Logs move while they are read: renamed, truncated, late. No line is lost and none counts twice.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
rm -f $LOG
guard_conf <<-EOF
	[rule.brute_force]
	count = 5
EOF
fails() { local i; for ((i = 0; i < $2; i++)); do log_failure 198.51.100.$1 root ${3-$LOG}; done; }
fresh() { : >$LOG; chgrp adm $LOG; chmod 640 $LOG; }
bans() { wait_for 5 "$2" banned 198.51.100.$1; ok "$2"; }
spared() { check "$2" not_banned 198.51.100.$1; }

guard_start
check "a missing log is named in health" health_says "$LOG"
fresh; fails 1 5
bans 1 "a log that comes late is read from its first line"

fails 2 4; mv $LOG $LOG.1; fails 2 1 $LOG.1
bans 2 "a line into the renamed file counts"
fails 3 3; mv $LOG.1 $LOG.2; fails 3 1 $LOG.2; fresh; fails 3 1
bans 3 "so does one into the old file before the new one is there"

cat >/etc/logrotate.conf <<-EOF
	$LOG {
		rotate 5
		create 640 root adm
		su root adm
	}
EOF
fails 4 4
check "logrotate renames" logrotate -f -s /tmp/logrotate /etc/logrotate.conf
fails 4 1; bans 4 "logrotate, rename: five lines are five"

sed -i 's/create.*/copytruncate/' /etc/logrotate.conf
fails 5 4; bans_marker=6; fails 6 5; bans 6 "all read so far"
check "logrotate copies and truncates" logrotate -f -s /tmp/logrotate /etc/logrotate.conf
fails 5 1; bans 5 "logrotate, truncation: five lines are five"

# A file that was copied back over itself holds lines already counted.
fails 7 4; fails 8 5; bans 8 "all read so far"
cp $LOG /tmp/copy; cat /tmp/copy >$LOG
fails 9 5; bans 9 "reading goes on"
spared 10 "nobody else was banned"

# Rotated while the guard was down.
fails 11 3; fails 12 5; bans 12 "all read so far"
stop guard
fails 11 1; mv $LOG $LOG.1; fresh; fails 11 1
guard_start
bans 11 "lines on both sides of a rotation that the guard slept through"

# A line in two halves, a line without end, bytes that are no text.
log_failure 198.51.100.13 root /tmp/line
head -c 100 /tmp/line >>$LOG; sleep 0.2; tail -c +101 /tmp/line >>$LOG
fails 13 4; bans 13 "a line that comes in two halves is one line"
head -c 300000 /dev/zero | tr '\0' x >>$LOG; echo >>$LOG; head -c 4096 /dev/urandom >>$LOG; echo >>$LOG
fails 14 5; bans 14 "an endless line and rubbish do no harm"
