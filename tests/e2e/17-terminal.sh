#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A guard that root starts at his terminal leaves that terminal alone: neither process can read what is typed there,
# and a captured core that types into root's shell is ended for it.

. "$(dirname "$0")/lib.sh"
needs_helper hostile_core
world_enter "$@"
command -v script >/dev/null || skip "needs the program script"
cast; log_new
mkfifo /run/world/keys		# a keyboard that nobody touches

# at_terminal: a guard in the foreground of a terminal of its own; what is shown there is in /var/log/world/terminal.
at_terminal()
{
	rm -f /var/log/world/terminal
	start script on device bash -c "exec script -qefc 'caltropd -c $CONF' /var/log/world/terminal <>/run/world/keys"
}
pid_of() { pgrep -ox "$1"; }
stat_of() { sed 's/.*) //' "/proc/$1/stat" | cut -d ' ' -f "$(($2 - 2))"; }	# PID FIELD of proc(5)
# reads_terminal PID: one of its descriptors is a terminal and could read.
reads_terminal()
{
	local fd
	for fd in /proc/$1/fd/*; do
		case $(readlink "$fd") in /dev/pts/* | /dev/tty* | /dev/console) ;; *) continue ;; esac
		case $(sed -n 's/^flags:\s*//p' "/proc/$1/fdinfo/${fd##*/}") in *1) ;; *) return 0 ;; esac
	done
	return 1
}
shown() { has_line /var/log/world/terminal "$1"; }

guard_conf </dev/null
at_terminal
wait_for 10 "the guard answers" guard_ready
actor=$(pid_of caltropd) core=$(pid_of caltrop-core)
check "root's half is at the terminal" [ "$(stat_of $actor 7)" != 0 ]
check "the core has none" [ "$(stat_of $core 7)" = 0 ]
check "and is no part of the group that Ctrl-C reaches" [ "$(stat_of $core 5)" = $core ]
check "the scheduler takes both for one group" [ "$(stat_of $core 6)" = "$(stat_of $actor 6)" ]
for pid in $actor $core; do
	check "$(cat /proc/$pid/comm) reads from nobody" [ "$(readlink /proc/$pid/fd/0)" = /dev/null ]
	check_not "and has no terminal that it could read" reads_terminal $pid
done
kill -KILL $core
wait_for 5 "what the guard says is shown" shown 'the core was ended by signal 9'
ok "what the guard says is shown"
wait_for 10 "the guard answers" guard_ready
kill -INT -- -$(stat_of $actor 5)	# as the terminal does for Ctrl-C
wait_for 10 "Ctrl-C ends it" eval '! kill -0 $actor 2>/dev/null'
ok "Ctrl-C ends it"
check_not "and the core with it" pid_of caltrop-core
wait $PID_script

for fd in 0 1 2 /dev/tty; do
	echo "type $fd whoami -" >/tmp/hostile; chmod 644 /tmp/hostile
	printf '[guard]\ncore = %s\n' "$hostile_core" | guard_conf
	at_terminal
	wait_for 15 "a captured core that types through $fd is ended, or cannot" shown 'ended by signal 31|hostile: cannot type'
	check_not "a captured core does not type through $fd" shown 'hostile: typed'
	kill -TERM $(pid_of caltropd); wait $PID_script
done
