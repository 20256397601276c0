#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A real inetd with a telnetd behind it, started as System V's init does: stopped for a time and by order, kept down when
# somebody starts it, off for good by the shipped playbook and after a reboot, and back as it was.

export PEERS_NAME=peers-telnet PEERS_MORE="inetutils-inetd inetutils-telnetd" WORLD_USERNS=no
. "$(dirname "$0")/lib.sh"
world_enter "$@"
command -v start-stop-daemon >/dev/null || skip "there is no start-stop-daemon"
cast; log_new
mkdir -p /etc/init.d /etc/rc{0,2,3,4,5,S}.d
script()
{
	cat >/etc/init.d/$1
	chmod 755 /etc/init.d/$1
}
echo 'telnet stream tcp nowait root /usr/sbin/telnetd telnetd' >/etc/inetd.conf
grep -q '^telnet[[:space:]]' /etc/services || echo 'telnet 23/tcp' >>/etc/services
script telnetd <<-'EOF'
	#!/bin/sh
	DAEMON=/usr/sbin/inetutils-inetd
	PIDFILE=/run/inetd.pid
	case $1 in
	start) start-stop-daemon --start --quiet --oknodo --make-pidfile --background --pidfile $PIDFILE --exec $DAEMON -- -d /etc/inetd.conf ;;
	stop) start-stop-daemon --stop --quiet --oknodo --retry 5 --pidfile $PIDFILE --exec $DAEMON; rm -f $PIDFILE ;;
	esac
EOF
for level in 2 3 5; do ln -s ../init.d/telnetd /etc/rc$level.d/S20telnetd; done
ln -s ../init.d/telnetd /etc/rc0.d/K80telnetd
links() { (cd /etc && echo rc?.d/*telnetd); }
as_was=$(links)
# What init does at boot, in runlevel 2.
boot() { local s; for s in $(find /etc/rc2.d -name "S*"); do on device "$s" start; done; }
open() { listens device 23 && SSH_PORT=23 connects attacker1; }
down() { ! listens device 23 && ! pgrep -x inetutils-inetd >/dev/null; }
boot
wait_for 10 "telnet is open" open
# So that rounds of the audit are short: no good password is tried.
sed -i -E 's/^(root|operator|backup):[^:]*/\1:!/' /etc/shadow
guard_conf <<-'EOF'
	[exposure]
	enabled = yes
	interval = 1m
EOF
fleet_start

# For a time, and by order.
order 0 stop telnetd --dry-run; is .result observed
check "a dry run stops nothing" open
order 0 stop telnetd; is .result done; is .verified true
check "it is down" down
in_force() { on device caltrop local effects --json | jq -e ".items[] | select(.verb == \"$1\")" >/dev/null; }
check "and in what is in force" in_force stop
order 0 stop telnetd --for 10m; is .result already
on device /etc/init.d/telnetd start; wait_for 10 "somebody starts it" listens device 23
wait_for 15 "it is stopped again" down
wait_for 10 "a receipt says so" has_receipt '.result == "restored" and .verb == "stop"'
ok "what somebody starts is stopped again, and told of"
order 0 start telnetd; is .result done; is .verified true
check "it is back" open
check "outside of the guard's confinement" has_line "/proc/$(pgrep -o -x inetutils-inetd)/status" 'Seccomp:[[:space:]]*0'
order 0 start telnetd; is .result already
order 0 stop telnetd --for 2s; is .result done
wait_for 15 "it comes back by itself" open
ok "its time over, it comes back by itself"

# Off for good, as the playbook does it.
is_open() { on device caltrop local incidents --json | jq -e 'any(.. | objects; .rule? == "open_telnet")' >/dev/null; }
is_over() { ! is_open; }
asked() { id=$(desk incident list --limit 0 --json | jq -r '[.items[] | select(.rule == "open_telnet")][0].id // empty'); [ -n "$id" ]; }
order 0 audit; is .result done
wait_for 20 "the desk sees the incident" asked
desk playbook push $TOP/ports/linux/playbooks/exposed_telnet.yml --incident "$id" --device device --wait --timeout 3m --json \
	>/tmp/order 2>/tmp/said
is_code 0 "the playbook is run"
check "telnet is down" down
check "and nothing starts it at boot" [ -z "$(find /etc/rc[2-5].d -name 'S*')" ]
wait_for 20 "the incident is over" is_over
touch /tmp/over; wait_for 15 "the core has saved its state" [ $STATE/core/state -nt /tmp/over ]
stop guard KILL
boot
check "not after a reboot either" down
guard_start; wait_for 10 "the device is connected" linked
check "the guard knows of it still" in_force disable
mv /etc/rc2.d/K80telnetd /etc/rc2.d/S20telnetd; on device /etc/init.d/telnetd start
off() { down && [ -e /etc/rc2.d/K80telnetd ]; }
wait_for 15 "somebody's undoing is undone" off
ok "somebody's undoing is undone"
order 0 enable telnetd; is .result done; is .verified true
check "it is open again" open
check "its links are as they were" [ "$(links)" = "$as_was" ]

# The same on the device alone, bound to what the audit finds.
on device /etc/init.d/telnetd stop; check "telnet is stopped by hand" down
order 0 audit; is .result done
wait_for 20 "the incident is over" is_over
desk playbook push $TOP/ports/linux/playbooks/exposed_telnet.yml --device device >/dev/null || fail "it is not pushed"
runs() { [ "$(counter playbooks)" = "$1" ]; }
at_risk() { on device caltrop local audit --json | jq -e 'any(.. | objects; .id? == "open_telnet" and .action == "found")' >/dev/null; }
wait_for 20 "the playbook is on the device" runs 1
stop server
boot
wait_for 90 "it is off, with no service" in_force disable
wait_for 30 "it is down" down
wait_for 30 "the incident is over" is_over
check_not "it is no finding any more" at_risk
check "nothing starts it at boot" [ -z "$(find /etc/rc[2-5].d -name 'S*')" ]
service_start; kill -HUP $PID_guard # it tries again now
closed() { desk incident list --limit 0 --json | jq -e 'any(.items[]; .rule == "open_telnet" and .state == "closed")' >/dev/null; }
wait_for 20 "the service hears of it" has_receipt '.origin == "playbook" and .rule == "exposed_telnet" and .verb == "disable" and .result == "done" and .verified'
wait_for 20 "and of the incident's end" closed
desk playbook withdraw exposed_telnet --device device >/dev/null || fail "it is not withdrawn"
wait_for 20 "the device runs none" runs 0
order 0 enable telnetd; is .result done
check "telnet is open again" open

# One that takes longer to stop than the guard's looks are apart was started by nobody.
restored() { receipts | jq -s 'map(select(.result == "restored")) | length'; }
before=$(restored)
sed -i 's/stop) start-stop-daemon/stop) sleep 6; start-stop-daemon/' /etc/init.d/telnetd
order 0 stop telnetd; is .result done; is .verified true
order 0 start telnetd; is .result done
check "a slow stop is no start by others" [ "$(restored)" = "$before" ]
check "telnet is open" open

# What is not done.
says() { check "  it says: $1" eval "receipt .text | grep -q '$1'"; }
order 1 stop nothing; says 'no start script of that name'
order 1 stop networking; is .result refused; says 'cannot do without it'
script sshd </etc/init.d/telnetd; sed -i 's|inetutils-inetd|sshd|; s|inetd.pid|sshd.pid|' /etc/init.d/sshd
sshd_start
order 1 disable sshd; is .result refused; says 'last_way=yes'
check "sshd goes on" listens device 22
script early </etc/init.d/telnetd; ln -s ../init.d/early /etc/rcS.d/S10early
order 1 disable early; is .result refused; says 'how this device boots'
script loose </etc/init.d/telnetd; chmod 777 /etc/init.d/loose
order 1 stop loose; says 'changed by others'
check "telnet is open still" open
order_push stop ../telnetd; is_code 2 "a path is no name"
