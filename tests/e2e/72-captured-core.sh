#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A captured core sends every message with every word of it wrong, and breaks the protocol in every way: caltropd, with
# sanitizers where they are built, refuses, starts it anew, keeps accounts and files as they are, and obeys the next core.

. "$(dirname "$0")/lib.sh"
needs_helper captured_core
export ASAN_OPTIONS=detect_leaks=0	# whose look for leaks at the end the filters of both processes forbid
world_enter "$@"
[ ! -x "$BUILD/san/caltropd" ] || cp "$BUILD"/san/{caltropd,caltrop-core} /run/world/bin/	# the guard alone
cast; log_new

said() { has_line /var/log/world/guard "$1"; }
starts() { stat -c %s /tmp/captured; }
: >/tmp/captured; chmod 666 /tmp/captured
printf '[guard]\ncore = %s\n[rule.breach]\nsteps = ban reset lock logout\n' "$captured_core" | guard_conf
cp -p /etc/shadow /tmp/shadow; find /etc /home /root /usr/local -type f | sort >/tmp/files
start guard on device caltropd -c $CONF
pid=$PID_guard
wait_for 60 "every message was sent" said 'captured: done'
ok "$(grep -o 'captured: done.*' /var/log/world/guard | head -n 1)"
wait_for 90 "every breach of the protocol was tried" eval '[ $(starts) -ge 15 ]'
check "each ended that core" [ "$(lines_of /var/log/world/guard 'the core broke the protocol')" = 13 ]
check_not "none was overlooked" said 'captured: caltropd did not'
check "caltropd is the same process" [ "$(cat /proc/$pid/comm)" = caltropd ]
check "no account was changed" cmp /etc/shadow /tmp/shadow
find /etc /home /root /usr/local -type f | sort >/tmp/files.now
check "no file came or went" cmp /tmp/files /tmp/files.now
check "addresses of the machine are not banned" not_banned $DEVICE

# The same settings, state and journal, and a core that is none of theirs.
stop guard; rc=$?
check "it ends in good order" [ $rc = 0 ]
sed -i '/^core = /d' $CONF
guard_start
for i in {1..5}; do log_failure $ATTACKER1; done
wait_for 10 "the next core is obeyed" banned $ATTACKER1
ok "the next core is obeyed"
