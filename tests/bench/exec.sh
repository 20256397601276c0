#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Programs begun 5,000 times a second and more (tests/e2e/execs.c): how many the guard has seen with their arguments, beside
# those that its program in the kernel was called for, and beside the kernel's own counter of those that were begun for
# this. All rules of the installed pack judge them. What rate was reached is a row: a machine that begins fewer shows
# nothing about 5,000/s.
#   EXECS=25000 exec.sh     rows "exec WHAT VALUE UNIT"
. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no RULES=yes	# a user namespace may load no BPF
world_enter "$@"
needs_bpf; needs_helper ends; needs_helper execs
mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null	# the number of the kernel's own counter
cast; log_new
guard_bench "[process] enabled = yes"

# look: what the program in the kernel was called for, what the guard saw, and what was lost, by one look.
look()
{
	on device caltrop local health --json | jq -r '[.counters[] | {(.name): .value}] | add |
		"\(.process_kernel_execs) \(.process_execs) \(.process_lost)"'
}
idle=$(pss_kib $(guard_pids))
read -r called seen lost < <(look)
read -r begun ms kernel < <(on device "$execs" "${EXECS:-25000}" 5500 storm)
complete() { read -r called2 seen2 lost2 < <(look); [ $((called2 - called)) = $((seen2 - seen)) ]; }
until_true 10 complete
echo "exec rules $(on device caltrop local rules --json | jq '.pack.active') rules"
echo "exec begun $begun execs"
[ "$kernel" = - ] || echo "exec kernel $kernel execs"
echo "exec counted $((called2 - called)) execs"
echo "exec captured $((seen2 - seen)) execs"
echo "exec lost $((lost2 - lost)) execs"
echo "exec rate $((begun * 1000 / ms)) /s"
echo "exec pss $idle KiB"
