#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From a log line to a drop in the kernel: caltropd, sshguard and fail2ban on the same bytes, the same machine, the same
# run. Each is started alone, told to ban at the fifth failure, and watched from outside through the kernel's nf_tables
# notifications (react.c).
# Before every try of caltrop's, three wake-ups in a row are measured without any work ("react floor CASE").
#   TRIES=400 MEASURE="caltrop sshguard fail2ban" react.sh
# Rows "react PROGRAM CASE n p50 p90 p99 max missed" in microseconds. CASE busy: a try 5 ms after the last; idle: 250 ms.
. "$(dirname "$0")/lib.sh"
world_enter "$@"
TRIES=${TRIES:-400}
host device $DEVICE $DEVICE6
on_disk /var/lib /var/log

# measure PROGRAM CASE TRIES GAP_MS FIRST [OPTION OF react]...
measure()
{
	local program=$1 case=$2 tries=$3 gap=$4 first=$5; shift 5
	on device "$BENCHES/react" --log $LOG --lines 5 --tries "$tries" --gap-ms "$gap" --first "$first" "$@" |
		as_rows "react $program" "$case"
}

# both_cases PROGRAM TRIES [OPTION OF react]...
both_cases()
{
	local program=$1 tries=$2; shift 2
	measure "$program" warm-up 5 50 198.18.0.1 >/dev/null
	measure "$program" busy "$tries" 5 198.18.1.1 "$@"
	measure "$program" idle $((tries / 4)) 250 198.18.64.1 "$@"
}

run_caltrop()
{
	local floor=(--floor /var/log/floor); [ "$FLOOR" != n ] || floor=()
	guard_bench <<-CONF
	bans_per_minute = 1000000
	[rule.brute_force]
	count = 5
	window = 10m
	CONF
	both_cases caltrop "$TRIES" "${floor[@]}"
	echo "pss caltrop $(pss_kib $(guard_pids)) KiB"
	stop guard
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
	both_cases sshguard "$TRIES"
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
	both_cases fail2ban $((TRIES / 4 + 1))	# each takes a fifth of a second
	echo "pss fail2ban $(pss_kib $(pgrep -f fail2ban-server)) KiB"
	on device fail2ban-client stop >/dev/null; on device nft flush ruleset
}

rc=0
for program in ${MEASURE:-caltrop sshguard fail2ban}; do
	log_new
	( run_$program ) || { echo "$program could not be measured" >&2; rc=1; }
done
exit $rc
