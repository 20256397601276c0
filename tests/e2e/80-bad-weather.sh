#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The disk is full, the state folder read-only, the log unreadable: the guard bans all the same, and
# says in health what is wrong, and in health again when it is over.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast
log_new
guard_conf <<-EOF
	[rule.brute_force]
	count = 5
EOF
attack() { local i; for i in 1 2 3 4 5; do log_failure 198.51.100.$1; done; }

mkdir -p $STATE
mount -t tmpfs -o size=256k,mode=755 small $STATE && chown caltrop: $STATE || skip "cannot mount"
guard_start
attack 1; wait_for 5 "a ban before" banned 198.51.100.1
fill() { cat /dev/zero >$STATE/filler 2>/dev/null; }
fill
attack 2; wait_for 5 "a ban on a full disk" banned 198.51.100.2
ok "a full disk does not keep the guard from banning"
for i in {3..60}; do attack $i; done
wait_for 10 "the last of sixty" banned 198.51.100.60
wait_for 10 "health says so" health_says 'space|full'
ok "health says that the disk is full"
rm $STATE/filler
for i in {61..70}; do attack $i; done
wait_for 10 "a ban after" banned 198.51.100.70
wait_for 30 "health is well again" eval '! health_says "space|full"'
ok "with room again, health says nothing"

fill; kill -KILL "$PID_guard"; wait_for 5 "it is gone" eval '! pgrep -x caltrop-core'
guard_start; attack 71
wait_for 5 "a ban after a start on a full disk" banned 198.51.100.71
ok "it starts on a full disk and bans"
stop guard; rm $STATE/filler

mount -o remount,ro $STATE
guard_start; attack 80
wait_for 5 "a ban with a read-only state folder" banned 198.51.100.80
ok "it starts with a read-only state folder and bans"
wait_for 10 "health says so" health_says 'read-only|write'
ok "health says that it cannot write"
echo x >/tmp/file
check "what it is to send is put where it looks" on device caltrop local send -c $CONF /tmp/file
check "and so is root's wish for a policy" on device caltrop local policy lift -c $CONF
stop guard; mount -o remount,rw $STATE

chmod 600 $LOG; chown root:root $LOG
guard_start; attack 81
wait_for 5 "a log only root may read" banned 198.51.100.81
ok "the guard's root half opens what its core may not"
# Somebody flushes the firewall.
on device nft flush ruleset
wait_for 5 "the bans are back" banned 198.51.100.81
ok "bans that somebody flushed are restored"

# The log goes away, and a folder comes in its place.
rm $LOG; mkdir $LOG
sees_again() { rmdir $LOG 2>/dev/null; [ -e $LOG ] || : >$LOG; attack 82; banned 198.51.100.82; }
wait_for 15 "health names the log that is gone" health_says "$LOG"
wait_for 5 "a ban when it is a file again" sees_again
ok "a log that was gone for a while is missed, and read again"
