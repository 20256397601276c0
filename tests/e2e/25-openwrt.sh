#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A router as OpenWrt makes it: /var is in memory, logd keeps the log, and the guard's settings are in UCI. The start
# script of ports/openwrt is run under BusyBox's shell; procd, uci and logread are stand-ins, the guard is real.

. "$(dirname "$0")/lib.sh"
world_enter "$@"
needs caltropd caltrop-core caltrop
cast
files=$TOP/ports/openwrt/net/caltrop/files

mv /var/log /tmp/; mv /var /was; ln -s tmp /var; mkdir /tmp/run /etc/config
{ cat $files/caltrop.config; printf "config rules\n\toption enabled 'no'\n"; } >/etc/config/caltrop

# procd says what it would run, on /tmp/instances, and uci what was set.
sed -e "s|/usr/share/caltrop/uci.awk|$files/uci.awk|; s|/usr/sbin/caltropd|caltropd|; s|/sbin/logread|logread|" \
	$files/caltrop.init >/tmp/init
printf '#!/bin/sh\necho "package caltrop"; cat /etc/config/caltrop\n' >/run/world/bin/uci
printf '#!/bin/sh\nshift 5; echo "$*" >>/tmp/system_log\n' >/run/world/bin/logger
script() { UCI_EXPORT=/etc/config/caltrop busybox ash -c ". $TOP/tests/ports/stub/procd.sh; . /tmp/init; $1"; }

# logread as it cuts its file: `logread -f -F FILE -S KIB` renames a full one and begins another.
mkfifo /tmp/logd
cat >/run/world/bin/logread <<-'END'
	#!/bin/bash
	file=$3 bytes=0
	exec 3<>/tmp/logd 4>>"$file"
	while read -r line <&3; do
		if [ $bytes -gt $(($5 * 1024)) ]; then
			mv "$file" "$file.0"
			exec 4>>"$file"
			bytes=0
		fi
		printf '%s\n' "$line" >&4
		bytes=$((bytes + ${#line} + 1))
	done
END
chmod +x /run/world/bin/{uci,logger,logread}
log() { printf '%(%a %b %e %H:%M:%S %Y)T %s\n' -1 "$1" >/tmp/logd; }
run() { # procd's part: what an instance names is run
	local word name instance
	script start_service >/tmp/instances 2>/tmp/said || return
	while read -r word name; do
		case $word in instance) instance=$name ;; command) start "$instance" on device $name ;; esac
	done </tmp/instances
}

run; is_code 0 "the script starts"
wait_for 10 "the guard answers" guard_ready
check "by its settings in UCI" has_line /etc/caltrop/caltrop.conf '^files = /var/log/caltrop/messages$'
for i in 1 2 3 4 5; do log "authpriv.warn dropbear[$((700 + i))]: Bad password attempt for 'root' from $ATTACKER1:4000"; done
wait_for 5 "who guesses at dropbear is banned" banned $ATTACKER1
ok "who guesses at dropbear is banned"

for i in $(seq 900); do
	echo "Sun Nov 22 10:00:00 2026 daemon.info dnsmasq[$i]: query[A] an.example.of.a.long.name.$i.example from 192.0.2.9"
done >/tmp/logd
wait_for 10 "logread cuts its file" test -s /var/log/caltrop/messages.0
for i in 1 2 3 4 5; do log "daemon.err uhttpd[1400]: [info] luci: failed login on / for root from $ATTACKER2"; done
wait_for 5 "who guesses at LuCI is banned behind the cut" banned $ATTACKER2
ok "who guesses at LuCI is banned behind the cut"

kept() { find /etc/caltrop/state -type f | sed 's|.*/state/||' | grep -v '^identity/\|^trust/\|^actor/receipt.key$'; }
check "flash has nothing that changes all the time" [ -z "$(kept)" ]
check "what does is in memory" test -s /var/run/caltrop/state/actor/journal

mode() { on device caltrop local status --json | jq -r .mode; }
sed -i "s/'enforce'/'observed'/" /etc/config/caltrop
script start_service >/tmp/instances 2>/tmp/said
check "a mistake is said" has_line /tmp/system_log "mode: 'observed' is neither observe nor enforce"
check "and changes nothing" has_line /etc/caltrop/caltrop.conf '^mode = enforce$'
sed -i "s/'observed'/'observe'/" /etc/config/caltrop
script start_service >/tmp/instances 2>/tmp/said; is_code 0 "its settings are changed"
kill -HUP $PID_caltropd	# as procd does when the file has changed
observes() { [ "$(mode)" = observe ]; }
wait_for 10 "the guard takes them" observes
ok "the guard takes them"
