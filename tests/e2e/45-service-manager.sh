#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What systemd hears of the service: that it serves, and on what; that it reads again; that its loops turn; that it ends.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
needs caltrop-server caltrop
command -v python3 >/dev/null || skip "needs python3"
cast

cat >/tmp/manager.py <<-'EOF'
	import os, socket
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind('\0the-manager')
	open('/run/world/bound', 'w').close()
	while True:
	    print(s.recv(4096).decode().replace('\n', ' '), flush=True)
EOF
# Its name is in the abstract namespace, of which each network has its own.
start manager on fleet python3 /tmp/manager.py
wait_for 5 "the manager hears" test -e /run/world/bound
heard() { has_line /var/log/world/manager "$1"; }
times_heard() { [ "$(lines_of /var/log/world/manager "$1")" -ge "$2" ]; }

mkdir -p /srv; echo "$FLEET fleet.example" >>/etc/hosts
on fleet caltrop-server init --dir $SERVICE --name fleet.example >/tmp/init 2>&1 || fail "init: $(tail -n 1 /tmp/init)"
touch /var/log/world/server
start server on fleet env NOTIFY_SOCKET=@the-manager WATCHDOG_USEC=3000000 \
	JOURNAL_STREAM="$(stat -c %d:%i /var/log/world/server)" caltrop-server run --dir $SERVICE
wait_for 10 "it serves" heard '^READY=1 STATUS=serving devices on .*:8443 and operators on .*:8444$'
check "when that is said it listens to devices" listens fleet 8443
check "and to operators" listens fleet 8444
check "which is daily work in the journal" has_line /var/log/world/server '^<6>caltrop-server: serving devices'
wait_for 10 "the watchdog hears of it" times_heard '^WATCHDOG=1$' 2
ok "the watchdog hears of it again and again"
kill -HUP $PID_server
wait_for 5 "it reads again" times_heard '^READY=1' 2
check "it said so before" heard '^RELOADING=1 MONOTONIC_USEC=[0-9]+$'
stop server; check "it ends as asked" [ $? = 0 ]
check "which it says first" heard '^STOPPING=1$'

printf '[api]\nlisten = nonsense\n' >>$SERVICE/server.conf
: >/var/log/world/manager
on fleet env NOTIFY_SOCKET=@the-manager caltrop-server run --dir $SERVICE >/tmp/said 2>&1; is_code 78 "wrong settings end it"
check_not "before it was ready" heard READY
