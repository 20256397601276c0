#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From the line of a breach (failures, then a success from one address) to the credential reset and the sessions ended,
# seen from outside by breach.c. In a world of its own making.
#   breach.sh      row "breach caltrop n p50 p90 p99 max missed" in microseconds
TRIES=${TRIES:-100}
. "$(dirname "$0")/../e2e/lib.sh"
world_enter "$@"

log=/var/log/auth.log
: >$log; chown root:adm $log; chmod 640 $log
host device $DEVICE $DEVICE6
cat >/etc/caltrop.conf <<-CONF
	[guard]
	state_dir = /var/lib/caltrop
	run_dir = /run/caltrop
	[auth]
	files = $log
	[response]
	mode = enforce
	bans_per_minute = 1000000
	resets_per_hour = 1000000
	[rule.breach]
	steps = ban, reset, logout
	CONF
start guard on device caltropd -c /etc/caltrop.conf
wait_for 10 "the guard answers" caltrop local status -c /etc/caltrop.conf
# The pace leaves time to hash the next secret (yescrypt: 20 ms), as a real breach would.
echo "breach caltrop $(on device "$TOP/${O:-build}/tests/bench/breach" --log $log --account backup --uid 34 \
	--tries "$TRIES" --gap-ms 150)"
