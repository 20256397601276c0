#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Connections made 1,000 times a second and more (tests/e2e/connects.c): how many the guard has seen with the program that
# made them, beside the kernel's own count of them (ActiveOpens of /proc/net/snmp). What rate was reached is a row: a
# machine that makes fewer shows nothing about 1,000/s.
#   CONNECTS=5000 connect.sh     rows "connect WHAT VALUE UNIT"
. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no		# a user namespace may load no BPF
world_enter "$@"
needs_bpf; needs_helper connects
cast; log_new
guard_bench "[network] enabled = yes"

opens() { on device awk '$1 == "Tcp:" && $6 ~ /^[0-9]/ { print $6 }' /proc/net/snmp; }
hits()
{
	on device caltrop local table connections --json | jq -s '[.. | objects | select(.dst_port == 7777 and
		.action == "opened" and .pid > 0 and (.image | endswith("/connects"))).hits] | add // 0'
}
lost() { on device caltrop local health --json | jq '.counters[] | select(.name == "connections_lost").value'; }
idle=$(pss_kib $(guard_pids))
before=$(opens)
read -r made ms < <(on device "$connects" 127.0.0.1 7777 "${CONNECTS:-5000}" 1100)
counted=$(($(opens) - before))
complete() { [ "$(hits)" = "$counted" ]; }
until_true 10 complete
echo "connect counted $counted connections"
echo "connect captured $(hits) connections"
echo "connect lost $(lost) connections"
echo "connect rate $((made * 1000 / ms)) /s"
echo "connect pss $idle KiB"
