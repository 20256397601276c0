#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An attacker guesses a password. The guard bans him, gives the account a new secret, ends his
# session; everybody else notices nothing. Here without a service: the secret is for root's eyes.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
guard_conf <<-EOF
	[response]
	trust_logs = yes
	[rule.brute_force]
	count = 20
	[rule.breach]
	count = 3
	steps = ban reset logout
EOF
guard_start

# Somebody else is at work on the device, and a stranger logs in with no failures before.
on operator sshpass -p $OPERATOR_PASSWORD ssh -F none -o StrictHostKeyChecking=no \
	-o UserKnownHostsFile=/dev/null operator@$DEVICE 'echo in; exec sleep 600' >/tmp/work 2>/dev/null &
wait_for 5 "the operator is in" has_line /tmp/work in
check "a login without failures before is no breach" try operator backup $BACKUP_PASSWORD
cp -p /etc/shadow /tmp/shadow

# What he left running when he was here before: it has his key there again whenever that vanishes.
KEYS=/home/backup/.ssh/authorized_keys
start writer on device setpriv --reuid backup --regid backup --clear-groups bash -c \
	"mkdir -p -m 700 ${KEYS%/*}; while :; do [ -e $KEYS ] || echo ssh-ed25519 AAAA thief >$KEYS; done"
wait_for 5 "his key is there" test -e $KEYS

# Three wrong guesses, then the right one, in an interactive session that he keeps open.
for i in 1 2 3; do try attacker1 backup wrong$i & done
wait_for 10 "three failures" has_lines $LOG "Failed password for backup" 3
start thief on attacker1 sshpass -p $BACKUP_PASSWORD ssh -tt -F none -o StrictHostKeyChecking=no \
	-o UserKnownHostsFile=/dev/null backup@$DEVICE 'echo in; exec sleep 600'
wait_for 5 "he was in" has_line $LOG "Accepted password for backup from $ATTACKER1"
wait_for 2 "the attacker is banned" banned $ATTACKER1
ok "the attacker is banned"
wait_for 2 "the account has a new secret" eval '! cmp -s /etc/shadow /tmp/shadow'
no_process_of() { ! pgrep -u "$1" >/dev/null; }
wait_for 2 "his session is over" no_process_of backup
ok "his session is over"
wait_for 2 "his key is gone" test ! -e $KEYS
ok "his key is gone"

try operator backup $BACKUP_PASSWORD
check "the guessed password is worth nothing, from anywhere" [ $? = 5 ]
check "the other accounts are as they were, byte for byte" \
	cmp <(grep -v '^backup:' /tmp/shadow) <(grep -v '^backup:' /etc/shadow)
check "the new hash is yescrypt" grep -q '^backup:\$y\$' /etc/shadow
check "shadow keeps owner and mode" [ "$(stat -c '%U:%G %a' /etc/shadow)" = "root:shadow 640" ]
check "nothing else was left beside it" [ -z "$(find /etc -newer /tmp/shadow -name '*shadow*' ! -name shadow ! -name '.pwd.lock')" ]
check_not "the operator works on" no_process_of operator
check "and comes in" try operator operator $OPERATOR_PASSWORD
