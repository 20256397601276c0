#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A service of the real OpenRC, and one of a stand-in for OpenWrt's procd: a dozen lines of /etc/rc.common, which call what
# the scripts define; there is no procd, and nothing starts what ends. Each is stopped, kept down, off for good and back as it
# was. systemd's are tried on a machine that boots (tests/boot/70-hands.sh).

export PEERS_NAME=peers-managers PEERS_MORE="openrc inetutils-inetd inetutils-telnetd" WORLD_USERNS=no
. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
echo 'telnet stream tcp nowait root /usr/sbin/telnetd telnetd' >/etc/inetd.conf
grep -q '^telnet[[:space:]]' /etc/services || echo 'telnet 23/tcp' >>/etc/services
open() { listens device 23; }
down() { ! open && ! pgrep -x inetutils-inetd >/dev/null; }
links() { (cd /etc && find "$@" ! -type d -printf '%p -> %l\n' | sort); }
says() { check "  it says: $1" eval "receipt .text | grep -q '$1'"; }
script() { cat >/etc/init.d/$1; chmod 755 /etc/init.d/$1; }

# both START BOOT FOLDER: the same for both managers. START starts the service, BOOT what starts at boot, by links in FOLDER.
both()
{
	local start=$1 boot=$2 folder=$3 as_was; as_was=$(links $folder)
	$boot; wait_for 10 "telnet is open" open
	order 0 stop telnetd; is .result done; is .verified true
	check "it is down" down
	$start; wait_for 10 "somebody starts it" open
	wait_for 15 "it is stopped again" down
	order 0 start telnetd; is .result done
	check "it is back" open
	order 0 disable telnetd; is .result done; is .verified true
	check "it is down, and nothing starts it at boot" down
	stop guard KILL
	$boot
	check "not after a reboot either" down
	guard_start; wait_for 10 "the device is connected" linked
	order 0 enable telnetd; is .result done
	check "it is open again" open
	check "its links are as they were" [ "$(links $folder)" = "$as_was" ]
	stop_all
	order 0 disable telnetd; is .result done
	order 0 enable telnetd; is .result done
	check "what did not run is enabled, and not started" down
	check "with its links" [ "$(links $folder)" = "$as_was" ]
}

# OpenRC, as if it had booted this machine.
: >/etc/insserv.conf # which Debian's OpenRC reads
mkdir -p /etc/init.d /etc/conf.d /etc/runlevels/{sysinit,boot,default,nonetwork} \
	/run/openrc/{started,starting,stopping,inactive,wasinactive,failed,hotplugged,daemons,options,exclusive,scheduled,tmp}
echo default >/run/openrc/softlevel
script telnetd <<-'EOF'
	#!/sbin/openrc-run
	command=/usr/sbin/inetutils-inetd
	command_args="-d /etc/inetd.conf"
	command_background=yes
	pidfile=/run/inetd.pid
EOF
script early </etc/init.d/telnetd
ln -s /etc/init.d/telnetd /etc/runlevels/default/telnetd
ln -s /etc/init.d/telnetd /etc/runlevels/nonetwork/telnetd
ln -s /etc/init.d/early /etc/runlevels/boot/early
rc() { on device rc-service telnetd start >/dev/null; }
rc_boot() { rm -rf /run/openrc/started/*; on device openrc default >/dev/null 2>&1; }
stop_all() { on device rc-service telnetd stop >/dev/null; }
rc || skip "OpenRC does not run here"
stop_all
guard_conf </dev/null
fleet_start
both rc rc_boot runlevels
order 1 disable early; is .result refused; says 'how this device boots'
order 1 stop nothing; says 'no start script of that name'

# procd's place, taken by a script.
rm -rf /run/openrc /etc/runlevels /etc/init.d/*
mkdir -p /etc/rc.d
cat >/etc/rc.common <<-'EOF'
	#!/bin/sh
	. "$1"
	case $2 in
	start | boot) start-stop-daemon -S -q -o -b -m -p /run/inetd.pid -x "$PROG" -- $ARGS ;;
	stop) start-stop-daemon -K -q -o -R 5 -p /run/inetd.pid -x "$PROG"; rm -f /run/inetd.pid ;;
	esac
EOF
script telnetd <<-'EOF'
	#!/bin/sh /etc/rc.common
	START=50
	STOP=10
	PROG=/usr/sbin/inetutils-inetd
	ARGS="-d /etc/inetd.conf"
EOF
ln -s ../init.d/telnetd /etc/rc.d/S50telnetd
ln -s ../init.d/telnetd /etc/rc.d/K10telnetd
init() { on device /etc/init.d/telnetd start; }
init_boot() { local s; for s in /etc/rc.d/S*; do [ ! -e "$s" ] || on device "$s" boot; done; }
stop_all() { on device /etc/init.d/telnetd stop; }
stop guard
guard_start; wait_for 10 "the device is connected" linked
both init init_boot rc.d
order 1 disable network; is .result refused; says 'cannot do without it'
