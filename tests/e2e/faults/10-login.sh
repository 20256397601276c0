#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A correct log-in resets a password: what one PAM module refuses before another lets in counts as a failure.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
# As with a directory: pam_unix is asked first and says no, the next module yes. Who it is does not matter to pam_unix,
# so the one that says yes to alice, whatever her password, stands for the directory.
useradd -m alice || fail "no account"; echo "alice:not-this-one" | chpasswd
cat >/etc/pam.d/sshd <<-'EOF'
	auth    [success=2 default=ignore] pam_unix.so nodelay
	auth    [success=1 default=ignore] pam_succeed_if.so quiet user = alice
	auth    requisite pam_deny.so
	auth    required  pam_permit.so
	account required  pam_permit.so
	session required  pam_permit.so
EOF
guard_conf <<-EOF
	[rule.breach]
	count = 5
	steps = ban reset logout
EOF
conf_if_known '[response] trust_logs = yes'
guard_start
hash=$(grep '^alice:' /etc/shadow)
# Four wrong passwords, all that this guard has seen so far, make pam_unix look as if it were alone. So the guard may ban
# for the refusal of the fifth, but not keep the ban.
for i in 1 2 3 4; do try attacker6 operator wrong$i; done
wait_for 5 "four wrong passwords" has_lines $LOG "Failed password for operator from 198.51.100.13 " 4
TRY_TIMEOUT=8 try attacker6 alice in-the-directory
[ $? = 0 ] || fail "a correct log-in behind four failures is shut out"
wait_for 5 "it is in the log" has_lines $LOG "Accepted password for alice from 198.51.100.13 " 1
wait_for 2 "no ban is left of it" not_banned 198.51.100.13
check "and what was banned early was let go, which is said" grep -qE "ban reverted: taken back" /var/log/world/guard
ok "a correct log-in behind four failures leaves no ban"
for i in 1 2 3 4 5 6; do
	try attacker1 alice in-the-directory
	[ $? = 0 ] || fail "correct log-in number $i is shut out"
done
wait_for 5 "the log has them" has_lines $LOG "Accepted password for alice from $ATTACKER1" 6
check "pam_unix has refused each of them" has_lines $LOG "pam_unix.sshd:auth.: authentication failure.*alice" 7
# Ten at once, from one address.
for i in 1 2 3 4 5 6 7 8 9 10; do try attacker2 alice in-the-directory & tries+=" $!"; done
for t in $tries; do wait $t || fail "one of ten correct log-ins at once is shut out"; done
on device caltrop local incidents >/tmp/incidents
check "nobody is banned" eval "not_banned $ATTACKER1 && not_banned $ATTACKER2"
check_not "there is no incident" grep -qE "breach|brute" /tmp/incidents
check "her password is what it was" [ "$hash" = "$(grep '^alice:' /etc/shadow)" ]
# Who knows no password is still banned, by the verdicts.
for i in 1 2 3 4 5; do try attacker1 operator wrong$i & done
wait_for 5 "five wrong passwords are still a ban" banned $ATTACKER1
ok "five wrong passwords are still a ban"
