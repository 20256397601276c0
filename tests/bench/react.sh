#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a log line to a drop in the kernel: caltropd, sshguard and fail2ban on the same bytes, the same machine, the same
# run. Each is started alone, told to ban at the fifth failure, and watched from outside through the kernel's nf_tables
# notifications (react.c).
#   TRIES=400 MEASURE="floor caltrop sshguard fail2ban" react.sh
# Rows "react PROGRAM CASE n p50 p90 p99 max missed" in microseconds. CASE busy: a try 5 ms after the last; idle: 250 ms.
. "$(dirname "$0")/lib.sh"
world_enter "$@"
TRIES=${TRIES:-400}
host device $DEVICE $DEVICE6
on_disk /var/lib /var/log

# measure PROGRAM CASE TRIES GAP_MS FIRST
measure()
{
	echo "react $1 $2 $(on device "$BUILD/tests/bench/react" --log $LOG --lines 5 --tries "$3" --gap-ms "$4" --first "$5")"
}

both_cases()
{
	measure "$1" warm-up 5 50 198.18.0.1 >/dev/null
	measure "$1" busy "$TRIES" 5 198.18.1.1
	measure "$1" idle $((TRIES / 4)) 250 198.18.64.1
}

run_caltrop()
{
	guard_bench <<-CONF
	bans_per_minute = 1000000
	[rule.brute_force]
	count = 5
	window = 10m
	CONF
	both_cases caltrop
	echo "pss caltrop $(pss_kib $(guard_pids)) KiB"
	stop guard
}

# The wake-ups alone, without any work: what the machine adds to everybody's figures.
run_floor()
{
	echo "react floor busy $("$BUILD/tests/bench/floor" $LOG "$TRIES" 5 | cut -d ' ' -f 2-)"
	echo "react floor idle $("$BUILD/tests/bench/floor" $LOG $((TRIES / 4)) 250 | cut -d ' ' -f 2-)"
}

run_sshguard()
{
	mkdir -p /etc/sshguard
	cat >/etc/sshguard/sshguard.conf <<-CONF
	BACKEND="$(find /usr/libexec /usr/lib -name sshg-fw-nft-sets 2>/dev/null | head -n 1)"
	FILES="$LOG"
	THRESHOLD=50
	BLOCK_TIME=600
	DETECTION_TIME=600
	CONF
	start sshguard on device setsid sshguard	# a session of its own: it ends with "kill 0"
	wait_for 10 "sshguard's table" sh -c 'on device nft list tables | grep -q sshguard'
	both_cases sshguard
	echo "pss sshguard $(pss_kib $(pgrep -f sshg; pgrep -f 'tail -F')) KiB"
	stop sshguard; pkill -f sshg; on device nft flush ruleset
}

run_fail2ban()
{
	cp -r /run/world/peers/etc/fail2ban /etc/ && mkdir -p /run/fail2ban /var/lib/fail2ban
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
	logpath = $LOG
	backend = pyinotify
	CONF
	start fail2ban on device fail2ban-server -f --logtarget=STDERR --loglevel=INFO start
	wait_for 20 "fail2ban's jail" on device fail2ban-client status sshd
	both_cases fail2ban
	echo "pss fail2ban $(pss_kib $(pgrep -f fail2ban-server)) KiB"
	on device fail2ban-client stop >/dev/null; on device nft flush ruleset
}

rc=0
for program in ${MEASURE:-floor caltrop sshguard fail2ban}; do
	log_new
	( run_$program ) || { echo "$program could not be measured" >&2; rc=1; }
done
exit $rc
