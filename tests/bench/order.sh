#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# From an operator's order to the receipt at the operator (order.c): the service, an enrolled guard on another host of the
# world, a ban in its kernel. On the way the order and the receipt are made durable on both sides, so it is measured twice:
# all in memory, which is what the programs take, and on the real disk. Before every order what none can do without is done
# there without any of ours ("order floor WHERE").
#   TRIES=200 order.sh     rows "order WHERE n p50 p90 p99 max missed" in microseconds; "pss linked_WHERE VALUE KiB"
. "$(dirname "$0")/lib.sh"
world_enter "$@"
cast; log_new
floor=(--floor /var/lib); [ "$FLOOR" != n ] || floor=()
TRIES=${TRIES:-200}

measure()
{
	service_start; desk_login; stop server
	local token=$(on fleet "$BENCHES_OWN/order" session --dir $SERVICE)
	service_start; guard_bench <<-CONF
	bans_per_minute = 1000000
	CONF
	guard_join
	wait_for 10 "the device is connected" linked
	on fleet "$BENCHES/order" run --token "$token" --device device --tries "$TRIES" --gap-ms 50 "${floor[@]}" |
		as_rows order "$1"
	echo "pss linked_$1 $(pss_kib $(guard_pids)) KiB"
	stop guard; stop server
}

measure memory
rm -rf /var/lib/caltrop $SERVICE $SERVICE-keys
on_disk /srv /var/lib
log_new
measure disk
