/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process under test, seen from outside: its processor time (clock_getcpuclockid(3)) and its memory
 * (/proc/PID/smaps_rollup, proc(5)).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Processor time of all its threads so far, user and kernel, microseconds; -1 when it is gone. */
int64_t load_process_cpu_us(pid_t pid);

struct load_memory {
	int64_t pss_kib, anonymous_kib; /* -1: not readable; what the kernel keeps for sockets is not in them */
};
struct load_memory load_process_memory(pid_t pid);

/* Run argv with standard output and error into the file `log`; it ends with this process. Exits on failure. */
pid_t load_process_start(const char *const *argv, const char *log);

/* SIGTERM, SIGKILL after ten seconds; waits. True when it ended by itself with code 0. */
bool load_process_stop(pid_t pid);

/* Whether the process is still there. */
bool load_process_runs(pid_t pid);

/* Until it has used no processor time to speak of for `quiet_ms`, or `limit_ms` are over. */
void load_process_settle(pid_t pid, int quiet_ms, int limit_ms);
