#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who renames a directory on the way to a log blinds the guard: it goes on with the old file, and health says that all is
# well.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
host device $DEVICE
TOP=/var/log/top APP=/var/log/top/app/auth.log
new_log() { mkdir -p ${APP%/*}; install -m 640 -g adm /dev/null $APP; }
fails() { local i; for i in 1 2 3 4 5; do log_failure $1 root ${2-$APP}; done; }
new_log
guard_conf <<-EOF
	[auth]
	files = $APP
EOF
guard_start
is_read() { fails 198.51.100.21; banned 198.51.100.21; }	# a guard that is new here begins at the log's end, once it has it open
wait_for 5 "the log is read" is_read

mv ${APP%/*} ${APP%/*}.1
check "a log whose directory has gone is said in health" until_true 5 health_says "$APP.*no such"
new_log
fails 198.51.100.22
check "the new one is read" until_true 5 banned 198.51.100.22
check "and health is well" until_true 5 health_says '"well": ?true'
# Both at once, so that there is no moment without it.
mv ${APP%/*} ${APP%/*}.2; new_log
fails 198.51.100.23
check "also when it comes at once" until_true 5 banned 198.51.100.23

# The directory above: nothing happens in the log's own directory.
mv $TOP $TOP.3
check "a renamed directory further up is said in health" until_true 5 health_says "$APP.*no such.*reading the file that had"
fails 198.51.100.24 $TOP.3/app/auth.log
check "the file that moved along is still read" until_true 5 banned 198.51.100.24
mv $TOP.3 $TOP
check "when the name is back, health is well" until_true 5 health_says '"well": ?true'
fails 198.51.100.25
check "and it is read" until_true 5 banned 198.51.100.25
mv $TOP $TOP.4; new_log
fails 198.51.100.26
check "a new file in a new directory further up is read" until_true 5 banned 198.51.100.26
check "and health is well then too" until_true 5 health_says '"well": ?true'
