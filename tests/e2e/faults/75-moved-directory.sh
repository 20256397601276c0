#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who renames the directory of a log blinds the guard: it goes on with the old file, and health says that all is well.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
host device $DEVICE
APP=/var/log/app/auth.log
new_log() { mkdir -p ${APP%/*}; install -m 640 -g adm /dev/null $APP; }
fails() { local i; for i in 1 2 3 4 5; do log_failure $1 root $APP; done; }
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
