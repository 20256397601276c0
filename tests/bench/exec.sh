#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Programs begun 5,000 times a second, or as often as this machine can (tests/e2e/execs.c): how many the guard has seen
# with their arguments, beside the kernel's own count of them.
#   EXECS=25000 exec.sh     rows "exec WHAT VALUE UNIT"
. "$(dirname "$0")/lib.sh"
export WORLD_USERNS=no		# a user namespace may load no BPF
world_enter "$@"
needs_bpf; needs_helper execs
cast; log_new
guard_bench "[process] enabled = yes"

# look: the kernel's count, the guard's, and what was lost, by one look.
look()
{
	on device caltrop local health --json | jq -r '[.counters[] | {(.name): .value}] | add |
		"\(.process_kernel_execs) \(.process_execs) \(.process_lost)"'
}
idle=$(pss_kib $(guard_pids))
read -r kernel seen lost < <(look)
read -r begun ms < <(on device "$execs" "${EXECS:-25000}" 5000 storm)
complete() { read -r kernel2 seen2 lost2 < <(look); [ $((kernel2 - kernel)) = $((seen2 - seen)) ]; }
until_true 10 complete
echo "exec counted $((kernel2 - kernel)) execs"
echo "exec captured $((seen2 - seen)) execs"
echo "exec lost $((lost2 - lost)) execs"
echo "exec rate $((begun * 1000 / ms)) /s"
echo "exec pss $idle KiB"
