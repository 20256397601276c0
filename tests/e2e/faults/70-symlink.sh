#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Root's files to the core: a log in another user's directory is a link to /etc/shadow, and the core gets that open.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
host device $DEVICE
theirs=/home/operator/logs
mkdir -p $theirs/real /srv/log; chown -R operator: $theirs
ln -s /etc/shadow $theirs/link.log
ln /etc/shadow $theirs/hard.log
ln -s /etc $theirs/etc
ln -s $theirs/link.log /srv/log/through.log
ln -s /etc/shadow /srv/log/shadow.log
mkfifo /srv/log/pipe.log
# What is to be followed: a link of root's to a file of a daemon's, as logs are kept elsewhere on many devices.
touch /srv/log/real.log; chown sshd:adm /srv/log/real.log; chmod 640 /srv/log/real.log
ln -s ../../srv/log/real.log $LOG
files="$theirs/link.log $theirs/hard.log $theirs/etc/shadow /srv/log/through.log /srv/log/shadow.log /srv/log/pipe.log"
guard_conf <<-EOF
	[auth]
	files = $LOG $files
EOF
guard_start
core_holds()
{
	local pid; read -r pid _ <<<"$(guard_pid)"
	find "/proc/$pid/fd" -lname "$1" 2>/dev/null | grep -q .
}
wait_for 5 "the log behind root's link is followed" core_holds /srv/log/real.log
for i in 1 2 3 4 5; do log_failure 198.51.100.7; done
wait_for 5 "a ban by the log behind root's link" banned 198.51.100.7
ok "a log behind a link of root's is read"
holds_secrets()
{
	core_holds /etc/shadow || core_holds "$theirs/*"
}
check_not "the core has no file of root's open, nor any name a user gave one" holds_secrets
for f in $files; do
	check "health names $f" health_says "cannot read $f: [^;\"]*(link|belongs to a user|secrets|no regular file)"
done
