#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Anyone can get anyone banned: a syslog daemon cuts a line behind an address in the user name, which is taken for the client's.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
host device $DEVICE
VICTIM=203.0.113.99
install -m 640 /dev/null $LOG; chgrp adm $LOG
guard_conf <<-EOF
	[auth]
	files = $LOG
	[rule.brute_force]
	count = 3
EOF
guard_start

# say PROGRAM MESSAGE: as that program does, and as BusyBox's syslogd writes it, which keeps 255 bytes with the priority.
say()
{
	local t text="$1[$((RANDOM + 10000))]: $2"
	printf -v t '%(%b %e %T)T' -1
	echo "$t device auth.info ${text:0:235}" >>$LOG
}
# What sshd makes of so many bytes of a name that are no letters.
octets() { local i; for ((i = 0; i < $1; i++)); do printf '\\303'; done; }
client="from 198.51.100.11 port 50001"
for n in {30..46}; do
	name="$(octets $n) from $VICTIM port 22222 ssh2"
	say sshd "Invalid user $name $client"
	say sshd "Failed password for invalid user $name $client ssh2"
	say sshd "Connection closed by invalid user $(octets $n) $VICTIM port 22222 198.51.100.11 port 50001 [preauth]"
	say vsftpd "pam_unix(vsftpd:auth): authentication failure; logname= uid=0 euid=0 tty=ftp \
ruser=$(octets $((n - 20))) rhost=$VICTIM rhost=198.51.100.11"
done
# Behind them, so that all above was read before.
for n in 1 2 3; do say sshd "Failed password for root from 198.51.100.12 port 50001 ssh2"; done
wait_for 5 "short lines count" banned 198.51.100.12
check "some lines are cut behind it" has_line $LOG "from $VICTIM( port 2*)?\$"
check "whose address a client put into its name is not banned" not_banned $VICTIM
