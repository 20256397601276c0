#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A real sshd with real PAM stacks: where pam_unix is the only judge a ban comes at its refusal; where a directory judges
# as well, before or behind pam_unix, nobody is banned for log-ins that succeed. Health says which it is.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
useradd -m alice || fail "no account"; echo "alice:not-this-one" | chpasswd
# The directory: a module that checks the password by itself.
DIRECTORY=/run/world/bin/directory
printf '%s\n' '#!/bin/sh' 'read -r p' '[ "$PAM_USER $p" = "alice in-the-directory" ]' >$DIRECTORY
chmod 755 $DIRECTORY
guard_conf </dev/null
guard_start
judge()
{
	on device caltrop local health --json |
		jq -e --arg j "$1" '.stacks[] | select(.service == "sshd" and .judge == $j)' >/dev/null
}
rest() { printf '%s\n' 'auth requisite pam_deny.so' 'auth required pam_permit.so' 'account required pam_permit.so' \
	'session required pam_permit.so'; }

# pam_unix alone, as the world's accounts have it.
for i in 1 2 3; do try attacker2 operator wrong$i; done
wait_for 5 "pam_unix is known to judge alone" judge pam_unix
ok "pam_unix is known to judge alone"

for order in behind before; do
	unix='pam_unix.so nodelay' dir="pam_exec.so quiet expose_authtok $DIRECTORY"
	[ $order = behind ] && modules=("$unix" "$dir") || modules=("$dir" "$unix")
	{
		printf 'auth [success=2 default=ignore] %s\n' "${modules[0]}"
		printf 'auth [success=1 default=ignore] %s\n' "${modules[1]}"
		rest
	} >/etc/pam.d/sshd
	[ $order = behind ] || sed -i 's/pam_unix.so nodelay/pam_unix.so nodelay try_first_pass/' /etc/pam.d/sshd
	for i in 1 2 3 4 5 6 7; do
		try attacker1 alice in-the-directory || fail "right password $i is shut out, the directory $order pam_unix"
	done
	check "nobody is banned for right passwords, the directory $order pam_unix" not_banned $ATTACKER1
	[ $order = before ] || check "health says that several judge" judge several
done
for i in 1 2 3 4 5; do try attacker6 alice wrong$i; done
wait_for 5 "who guesses is banned" banned 198.51.100.13
ok "who guesses at the directory is banned"
