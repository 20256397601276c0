#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A machine whose only log is systemd's journal, written by the real journald: the guard reads its files.

. "$(dirname "$0")/lib.sh"
WORLD_USERNS=no	# journald wants cgroups
world_enter "$@"
needs journalctl systemd-cat logger
cast
live() { stat -c %i $JOURNAL/system.journal 2>/dev/null; }
# rotate: journald does it when it comes to its signals; what is logged before goes into the old file.
rotate()
{
	local before; before=$(live)
	rotated() { [ "$(live)" ] && [ "$(live)" != "$before" ]; }
	tell_journald USR2
	wait_for 10 "a new file of the journal" rotated
}
journald_start ForwardToSyslog=no
guard_conf <<-EOF
	[auth]
	files =
	journal = yes
	[rule.brute_force]
	count = 3
	ban_time = 600
EOF
on device logger -t sshd -p auth.info "Failed password for root from 198.51.100.99 port 1 ssh2"
guard_start
sshd_start
for i in 1 2 3; do try attacker1 operator wrong$i & done
wait_for 15 "the ban" banned $ATTACKER1
ok "what real sshd writes to the journal bans the attacker"
check "and nothing from before the guard's first start" not_banned 198.51.100.99
counter() { on device caltrop local health --json | jq -r ".counters[] | select(.name == \"$1\").value"; }
age_known() { [ "$(counter journal_newest_age_s)" -lt 60 ] && [ "$(counter journal_entries)" -gt 0 ]; }
check "health says how old the newest line is" age_known

# A user cannot speak in sshd's name: journald says who it was.
for i in 1 2 3 4 5; do
	on device setpriv --reuid 65534 --clear-groups logger -t sshd -p auth.info \
		"Failed password for root from 198.51.100.77 port $i ssh2"
done
dropped() { [ "$(counter journal_not_root)" -ge 5 ]; }
wait_for 5 "the forged lines are counted" dropped
check "lines of another user than root ban nobody" not_banned 198.51.100.77

# A long message is compressed by journald (more than 512 bytes).
long=$(printf 'a%.0s' {1..900})
for i in 1 2 3; do on device logger --size 4096 -t sshd -p auth.info "Invalid user $long from 198.51.100.44 port $i"; done
all_unpacked() { [ "$(counter journal_not_unpacked)" = 0 ] && [ "$(counter journal_damaged)" = 0 ]; }
check "what journald compressed is unpacked" all_unpacked

# Rotation while the guard runs, and while it does not.
fails() { on device logger -i -t sshd -p auth.info "Failed password for root from $1 port $2 ssh2"; }
fails 198.51.100.55 1
rotate
fails 198.51.100.55 2; fails 198.51.100.55 3
wait_for 10 "a ban over a rotation" banned 198.51.100.55
stop guard
fails 198.51.100.56 1; fails 198.51.100.56 2
rotate
fails 198.51.100.56 3
guard_start
wait_for 10 "a ban by lines on both sides of a rotation that the guard slept through" banned 198.51.100.56
ok "rotations are survived"
stop guard; guard_start
check "and no line is read twice" test "$(counter journal_entries)" -lt 20

# A damaged file is named, and its successor read.
stop guard
file=$JOURNAL/system.journal
dd if=/dev/urandom of=$file bs=4096 seek=$(($(stat -c %s $file) / 8192)) count=2 conv=notrunc 2>/dev/null
guard_start
fails 198.51.100.57 1; fails 198.51.100.57 2; fails 198.51.100.57 3
rotate
fails 198.51.100.58 1; fails 198.51.100.58 2; fails 198.51.100.58 3
wait_for 10 "a ban after the damaged file" banned 198.51.100.58
ok "a damaged file does not blind the guard"
