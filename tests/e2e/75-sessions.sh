#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Sessions: a real log-in by sshd, from its begin to its end, and a refused one, by wtmp and btmp; a wtmp that is rotated;
# and the files of systemd-logind, as it writes them.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; syslog_start
guard_conf <<-END
	[sessions]
	enabled = yes
	[response]
	mode = observe
END
service_start; desk_login; guard_start; guard_join
sshd_start

sent() { desk event list --kind session --limit 0 --json | jq -e ".items | any(.session | $1)" >/dev/null; }
table() { on device caltrop local table sessions --json | jq -se "[.. | objects | select(.tty)] | any($1)" >/dev/null; }
no_table() { ! table "$1"; }

login_with_terminal()
{
	on operator sshpass -p $OPERATOR_PASSWORD ssh -tt -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
		-o LogLevel=ERROR -o PubkeyAuthentication=no operator@$DEVICE "$1"
}

mkfifo /tmp/go
login_with_terminal 'read -r _ </tmp/go' </dev/null >/dev/null 2>&1 & client=$!
wait_for 10 "a session begins" sent '.action == "begin" and .user == "operator" and .source == "wtmp" and (.tty | startswith("pts/"))'
check "from where" sent ".action == \"begin\" and .src == \"$OPERATOR\""
check "it is in the table" table '.user == "operator"'
chmod 666 /tmp/go; echo >/tmp/go; wait $client
wait_for 10 "it ends" sent '.action == "end" and .user == "operator"'
wait_for 5 "and leaves the table" no_table '.user == "operator"'

# From Debian 13 on sshd writes no btmp.
if grep -qs btmp /usr/sbin/sshd /usr/lib/openssh/sshd-session; then
	try attacker1 operator wrong >/dev/null
	wait_for 10 "one is refused" sent ".action == \"refused\" and .user == \"operator\" and .src == \"$ATTACKER1\""
fi

# Rotated as logrotate does it.
mv /var/log/wtmp /var/log/wtmp.1; : >/var/log/wtmp.new; mv /var/log/wtmp.new /var/log/wtmp
login_with_terminal 'sleep 1' </dev/null >/dev/null 2>&1
twice() { [ "$(desk event list --kind session --limit 0 --json | jq '[.items[].session | select(.action == "begin")] | map(.count // 1) | add')" -ge 2 ]; }
wait_for 10 "one in the new file" twice

# systemd-logind comes.
mkdir -p /run/systemd/sessions
printf 'UID=1000\nUSER=operator\nSTATE=active\nCLASS=user\nTTY=tty1\nSERVICE=login\nLEADER=1\n' >/run/systemd/sessions/.#3new
mv /run/systemd/sessions/.#3new /run/systemd/sessions/3
stop guard; guard_start
wait_for 10 "one that is there is known" table '.tty == "tty1" and .source == "logind"'
printf 'UID=0\nUSER=root\nSTATE=active\nCLASS=user\nTTY=tty2\nSERVICE=login\nLEADER=1\n' >/run/systemd/sessions/.#4new
mv /run/systemd/sessions/.#4new /run/systemd/sessions/4
wait_for 10 "one begins" sent '.action == "begin" and .user == "root" and .source == "logind" and .service == "login"'
rm /run/systemd/sessions/4
wait_for 10 "and ends" sent '.action == "end" and .user == "root" and .source == "logind"'
ok "sessions are told of, from begin to end"
