/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process as /proc tells of it now, as a sample (process_sample.h). Without the privilege (CAP_SYS_PTRACE) the
 * program's path and the working directory of another user's process stay empty; the rest everybody may read.
 */
#pragma once

#include "agent/common/proc_stat.h"
#include "agent/common/process_sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whole bytes of a sample, with its texts behind it. */
union proc_sample {
	struct process_sample head;
	char bytes[PROCESS_SAMPLE_MAX];
};

/* What /proc/PID/stat says. False: there is no such process. */
bool proc_read_stat(int proc, uint32_t pid, struct proc_stat *out);

/* When the process was made, 1/100 s since boot, and its parent's pid. False: there is no such process. */
bool proc_read_start(int proc, uint32_t pid, uint64_t *start, uint32_t *ppid);

/*
 * Where in `proc` a process shows what it runs, its arguments, mounts and descriptors: "PID"; or, as the kernel shows
 * nothing of a first thread that has ended while others run on, "PID/task/TID" of one of these.
 */
#define PROC_READ_DIR_MAX 32
void proc_read_dir(int proc, const struct proc_stat *process, char dir[PROC_READ_DIR_MAX]);

/*
 * Fill in a sample of kind `kind` of the process; `proc` is the directory /proc. The length of
 * the sample; 0: there is no such process.
 */
size_t proc_read(int proc, uint32_t pid, uint8_t kind, union proc_sample *out);
