#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a log line to a drop in the kernel: caltropd, sshguard and fail2ban on the same bytes, the same machine, the same
# run. Each is started alone in a world of its own making (tests/e2e/world.sh), told to ban at the fifth failure, and
# watched from outside through the kernel's nf_tables notifications (react.c).
#   react.sh [--tries N]      rows "react PROGRAM CASE n p50 p90 p99 max missed" in microseconds, on standard output
TRIES=${TRIES:-400}
export PEERS_NAME=peers-bench PEERS_MORE="sshguard fail2ban python3-pyinotify"
. "$(dirname "$0")/../e2e/lib.sh"

world_enter "$@"

react="$TOP/${O:-build}/tests/bench/react"
log=/var/log/auth.log
host device $DEVICE $DEVICE6

# measure PROGRAM CASE TRIES GAP_MS FIRST
measure()
{
	echo "react $1 $2 $(on device "$react" --log $log --lines 5 --tries "$3" --gap-ms "$4" --first "$5")"
}

both_cases()
{
	measure "$1" warm-up 5 50 198.18.0.1 >/dev/null
	measure "$1" busy "$TRIES" 5 198.18.1.1
	measure "$1" idle $((TRIES / 8)) 250 198.18.64.1
}

pss_kib() { cat $(printf '/proc/%s/smaps_rollup ' "$@") 2>/dev/null | awk '/^Pss:/ { s += $2 } END { print s + 0 }'; }

run_caltrop()
{
	cat >/etc/caltrop.conf <<-CONF
	[guard]
	state_dir = /var/lib/caltrop
	run_dir = /run/caltrop
	[auth]
	files = $log
	[response]
	mode = enforce
	ban_time = 10m
	bans_per_minute = 1000000
	[rule.brute_force]
	count = 5
	window = 10m
	CONF
	start guard on device caltropd -c /etc/caltrop.conf
	wait_for 10 "the guard answers" caltrop local status -c /etc/caltrop.conf
	both_cases caltrop
	echo "pss caltrop $(pss_kib $(pgrep -x 'caltropd|caltrop-core')) KiB"
	stop guard
}

run_sshguard()
{
	mkdir -p /etc/sshguard
	cat >/etc/sshguard/sshguard.conf <<-CONF
	BACKEND="$(dpkg-path sshg-fw-nft-sets)"
	FILES="$log"
	THRESHOLD=50
	BLOCK_TIME=600
	DETECTION_TIME=600
	CONF
	start sshguard on device setsid sshguard	# it ends with "kill 0"
	wait_for 10 "sshguard's table" sh -c 'on device nft list tables | grep -q sshguard'
	both_cases sshguard
	echo "pss sshguard $(pss_kib $(pgrep -f sshg; pgrep -f 'tail -F')) KiB"
	stop sshguard; pkill -f sshg; on device nft flush ruleset
}

run_fail2ban()
{
	cp -r "$PEERS/etc/fail2ban" /etc/ && mkdir -p /run/fail2ban /var/lib/fail2ban
	rm -f /etc/fail2ban/jail.d/*
	cat >/etc/fail2ban/jail.local <<-CONF
	[DEFAULT]
	banaction = nftables-multiport
	bantime = 10m
	findtime = 10m
	maxretry = 5
	allowipv6 = auto
	[sshd]
	enabled = true
	logpath = $log
	backend = ${1:-auto}
	CONF
	start fail2ban on device fail2ban-server -f --logtarget=STDERR --loglevel=INFO start
	wait_for 20 "fail2ban's jail" on device fail2ban-client status sshd
	both_cases fail2ban
	echo "pss fail2ban $(pss_kib $(pgrep -f fail2ban-server)) KiB"
	on device fail2ban-client stop >/dev/null; on device nft flush ruleset
}

dpkg-path() { find /usr/libexec /usr/lib -name "$1" 2>/dev/null | head -n 1; }

rc=0
for program in ${PROGRAMS:-caltrop sshguard fail2ban}; do
	rm -f $log; : >$log; chown root:adm $log; chmod 640 $log
	( run_$program ) || { echo "$program could not be measured" >&2; rc=1; }
done
exit $rc
