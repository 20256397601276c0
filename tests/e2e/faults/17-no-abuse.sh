#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Who does nothing wrong is banned: a browser that is asked for a password before it says one, and a monitor that looks whether sshd answers.

. "$(dirname "$0")/../lib.sh"
world_enter "$@"
cast; syslog_start; sshd_start
WEB=/var/log/access.log
install -m 640 /dev/null $WEB
guard_conf <<-EOF
	[auth]
	files = $LOG $WEB
EOF
guard_start

# page ADDRESS USER STATUS: one request.
page()
{
	local t
	printf -v t '%(%d/%b/%Y:%H:%M:%S)T +0000' -1
	echo "$1 - $2 [$t] \"GET / HTTP/1.1\" $3 179 \"-\" \"Mozilla/5.0\"" >>$WEB
}
# Clients that do not remember the question are asked each time.
for i in {1..30}; do page 198.51.100.21 - 401; page 198.51.100.21 admin 200; done
t=$(date '+%Y/%m/%d %H:%M:%S')
for i in {1..30}; do
	echo "$t [info] 22#22: *3 no user/password was provided for basic authentication, client: 198.51.100.21, server: ap"
done >>$WEB
for i in {1..5}; do page 198.51.100.22 admin 401; done
wait_for 5 "wrong passwords still count" banned 198.51.100.22
check "who is asked for a password is not banned" not_banned 198.51.100.21

# A load balancer opens a connection and closes it; a monitor waits for the greeting, or says its own first.
connect() { on attacker1 timeout 5 bash -c "exec 3<>/dev/tcp/$DEVICE/22; $1; exec 3>&-" 2>/dev/null; }
for i in {1..10}; do
	mine=()
	connect : & mine+=($!)
	connect 'read -r -t 3 _ <&3' & mine+=($!)
	connect 'read -r -t 3 _ <&3; printf "SSH-2.0-check_ssh_2.3\r\n" >&3' & mine+=($!)
	wait "${mine[@]}"
done
wait_for 10 "the log has them" eval '[ "$(lines_of $LOG "(closed|reset) by (remote host|peer|198.51.100.11)")" -ge 15 ]'
# Who speaks something else than SSH is a scanner. A dozen times is told of; what no monitor does ends in a ban.
scan() { on attacker2 timeout 5 bash -c "exec 3<>/dev/tcp/$DEVICE/22; echo GET / HTTP/1.1 >&3; cat <&3" >/dev/null 2>&1; }
told_of() { on device caltrop local incidents | grep scanning | grep -q "$1"; }
for i in {1..12}; do scan; done
wait_for 10 "a scanner is told of" told_of $ATTACKER2
for i in {1..4}; do
	mine=()
	for j in {1..12}; do scan & mine+=($!); done
	wait "${mine[@]}" # and not the world's daemons, which never end
	banned $ATTACKER2 && break
done
wait_for 10 "a scanner faster than any monitor is banned" banned $ATTACKER2
check "who only looks whether sshd is there is not banned" not_banned $ATTACKER1
