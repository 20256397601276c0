#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What systemd hears of the guard: when it is ready, reads its settings again, ends, and that its loop turns. A core that
# hangs is killed; one that crashes again and again is the guard's end, with the reason. Lines have their priority.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
needs caltropd caltrop-core caltrop
command -v python3 >/dev/null || skip "needs python3"
cast; log_new

cat >/tmp/manager.py <<-'EOF'
	import socket
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind('/run/notify')
	while True:
	    print(s.recv(4096).decode().replace('\n', ' '), flush=True)
EOF
start manager python3 /tmp/manager.py
wait_for 5 "the manager hears" test -S /run/notify
heard() { has_line /var/log/world/manager "$1"; }
times_heard() { [ "$(lines_of /var/log/world/manager "$1")" -ge "$2" ]; }
said() { has_line /var/log/world/guard "$1"; }
# notified COMMAND...: started by that manager, with the journal behind standard error.
notified()
{
	touch /var/log/world/guard
	start guard on device env NOTIFY_SOCKET=/run/notify WATCHDOG_USEC=1000000 \
		JOURNAL_STREAM="$(stat -c %d:%i /var/log/world/guard)" "$@"
}

guard_conf <<-EOF
	[guard]
	hang_time = 3s
	[rule.brute_force]
	count = 3
EOF
notified caltropd -c $CONF
wait_for 10 "it is ready" heard '^READY=1 STATUS=on guard'
check "when that is said it answers" guard_ready
wait_for 5 "the watchdog hears of it" times_heard '^WATCHDOG=1$' 3
ok "the watchdog hears of it again and again"
for i in 1 2 3; do log_failure $ATTACKER1; done
wait_for 5 "a ban" banned $ATTACKER1
wait_for 5 "the line" said '^<5>caltrop-core: ban done'
ok "a ban done is worth to know, and no warning"
check_not "nor an error" said '^<[0-4]>.*ban'

# The settings, again.
echo 'mode = observer' >>$CONF
kill -HUP $PID_guard
wait_for 5 "mistakes are told of" heard '^READY=1 STATUS=the settings have mistakes'
check "they are errors" said '^<3>caltropd: .*mode'
sed -i '$d' $CONF
printf '[network]\nenabled = yes\n[response]\nban_time = 1h\n' >>$CONF
core=$(guard_pid)
kill -HUP $PID_guard
wait_for 5 "it is ready again" times_heard '^READY=1 STATUS=on guard' 2
check "it said that it reads again, and since when" heard '^RELOADING=1 MONOTONIC_USEC=[0-9]+$'
check "what needs a new start is named" said '^<4>caltropd: \[network\] enabled has changed; that is used from the next start'
check "with the rest another core works" [ "$(guard_pid)" != "$core" ]
for i in 1 2 3; do log_failure $ATTACKER2; done
wait_for 5 "a longer ban" banned $ATTACKER2
check "such as the time of bans" [ "$(expires_ms $ATTACKER2)" -gt 3000000 ]

# A core that hangs.
core=$(guard_pid)
kill -STOP "$core"
revived() { [ -n "$(guard_pid)" ] && [ "$(guard_pid)" != "$core" ] && guard_ready; }
wait_for 10 "one that hangs is killed" revived
check "which is said" said '^<3>caltropd: the core has not turned its loop for [0-9]+ s: it hangs'
check "its bans stay" banned $ATTACKER1
stop guard; check "it ends as asked" [ $? = 0 ]
check "which it says first" heard '^STOPPING=1$'

# A core that cannot live.
mkdir -p /opt; printf '#!/bin/sh\nkill -SEGV $$\n' >/opt/core; chmod 755 /opt/core
sed -i 's|^hang_time.*|core = /opt/core|' $CONF
: >/var/log/world/manager
notified caltropd -c $CONF
wait "$PID_guard"
check "a core that crashes again and again is the guard's end" [ $? = 70 ]
check "with how often, and how" said '^<3>caltropd: the core crashed 8 times in a row; the last one was ended by signal 11: caltropd ends'
check "where to look, and what to do" said "^<3>caltropd: lines that end the core are kept in $STATE/core/skipped_lines"
check "which its state says, too" heard '^STATUS=the core crashed 8 times in a row; the last one was ended by signal 11$'
check_not "it was never ready" heard READY
check "bans stay in the kernel" banned $ATTACKER1
