#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A link that is pointed at another file, a target that is rotated and a file system mounted over a directory blind the
# guard for ten minutes; a pattern is read by nobody, and --check-config says ok.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
host device $DEVICE
LINK=/var/log/link.log DATA=/srv/data APP=/var/log/app/auth.log WEB=/var/log/web
mkdir -p $DATA ${APP%/*} $WEB
new_log() { install -m 640 -g adm /dev/null $1; }
new_log $DATA/one.log; new_log $APP; ln -s $DATA/one.log $LINK
fails() { local i; for i in 1 2 3 4 5; do log_failure $1 root $2; done; }
guard_conf <<-EOF
	[auth]
	files = $LINK $APP $WEB/*-auth.log
EOF
echo old >$WEB/a-auth.log; chgrp adm $WEB/a-auth.log; chmod 640 $WEB/a-auth.log
caltropd --check-config -c $CONF >/tmp/said 2>&1
check "--check-config shows what a pattern fits" has_line /tmp/said "$WEB/a-auth.log"
rm $WEB/a-auth.log
caltropd --check-config -c $CONF >/tmp/said 2>&1
check "and that nothing does" has_line /tmp/said "no file"
guard_start
is_read() { fails $1 $2; banned $1; }	# a guard that is new here begins at the log's end, once it has it open
wait_for 5 "the link's log is read" is_read 198.51.100.11 $LINK
wait_for 5 "the other log is read" is_read 198.51.100.12 $APP

new_log $DATA/two.log; ln -sfn $DATA/two.log $LINK
fails 198.51.100.21 $LINK
check "a link that is pointed at another file is followed" until_true 20 banned 198.51.100.21
mv $DATA/two.log $DATA/two.log.1; new_log $DATA/two.log
fails 198.51.100.22 $LINK
check "its target, when it is rotated, too" until_true 20 banned 198.51.100.22
mv $DATA/two.log $DATA/two.log.2
check "a link that leads nowhere is said" until_true 15 health_says "cannot read $LINK"
new_log $DATA/two.log
fails 198.51.100.23 $LINK
check "until its target is there" until_true 20 banned 198.51.100.23

mount -t tmpfs over ${APP%/*} || skip "cannot mount"
check "a file system mounted over the directory is said" until_true 15 health_says "cannot read $APP.*no such"
new_log $APP
fails 198.51.100.31 $APP
check "and its file is read" until_true 20 banned 198.51.100.31
umount -l ${APP%/*}
wait_for 5 "the log below is read again" is_read 198.51.100.32 $APP
mount -t tmpfs over ${APP%/*}; new_log $APP
fails 198.51.100.33 $APP
check "also when the file comes with it at once" until_true 20 banned 198.51.100.33

check "a pattern that nothing fits is said" until_true 20 health_says "no file fits $WEB/\*-auth.log"
new_log $WEB/b-auth.log; fails 198.51.100.41 $WEB/b-auth.log
check "a new file that fits is read" until_true 20 banned 198.51.100.41
check "and health is well" until_true 20 health_says '"well": ?true'
new_log $WEB/c-auth.log; new_log $WEB/other.log; fails 198.51.100.42 $WEB/other.log; fails 198.51.100.43 $WEB/c-auth.log
check "the next one, too" until_true 20 banned 198.51.100.43
check_not "what does not fit is not read" banned 198.51.100.42
mv $WEB/b-auth.log $WEB/b-auth.log.1; new_log $WEB/b-auth.log
fails 198.51.100.44 $WEB/b-auth.log
check "one of them, when it is rotated, is read" until_true 20 banned 198.51.100.44
# To a name that fits: its lines were read, and are not read again.
fails 198.51.100.45 $WEB/c-auth.log
wait_for 5 "its last lines are read" banned 198.51.100.45
on device caltrop local unban 198.51.100.45 >/dev/null
mv $WEB/c-auth.log $WEB/c1-auth.log; new_log $WEB/c-auth.log; fails 198.51.100.46 $WEB/c-auth.log
check "one that is rotated to a name that fits is read" until_true 20 banned 198.51.100.46
mv $WEB/c-auth.log $WEB/c2-auth.log; new_log $WEB/c-auth.log; fails 198.51.100.47 $WEB/c-auth.log
check "twice" until_true 20 banned 198.51.100.47
check_not "and no line is counted again" banned 198.51.100.45
for n in {10..40}; do new_log $WEB/many$n-auth.log; done
check "more files than are followed are said" until_true 20 health_says "files fit $WEB/\*-auth.log"
# Others in their place, so that as many as are followed come and go while older ones wait to be read on.
for n in {10..40}; do new_log $WEB/manymore$n-auth.log; done
rm $WEB/many[0-9]*; new_log $WEB/manymore-auth.log; fails 198.51.100.49 $WEB/manymore-auth.log
check "others take the place of those that are gone" until_true 20 banned 198.51.100.49
rm $WEB/many*
new_log $WEB/z-auth.log; fails 198.51.100.48 $WEB/z-auth.log
check "when they are gone others take their place" until_true 20 banned 198.51.100.48
check "and health is well then too" until_true 15 health_says '"well": ?true'
check_not "and no line of those that waited is counted again" banned 198.51.100.45

# What was read before a restart is not read again, and what was written meanwhile is.
stop guard
fails 198.51.100.51 $WEB/z-auth.log; fails 198.51.100.52 $WEB/b-auth.log
guard_start
check "lines of a restart are read" until_true 20 eval 'banned 198.51.100.51 && banned 198.51.100.52'
check_not "and none again" banned 198.51.100.45
