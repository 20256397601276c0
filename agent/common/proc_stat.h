/* SPDX-License-Identifier: Apache-2.0 */
/* What /proc/PID/stat says of a process, proc_pid_stat(5). Pure. */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct proc_stat {
	int32_t pid, parent;
	bool kernel_thread;
	bool dead;  /* a zombie: all its threads ended, not yet reaped by its parent */
	char state; /* of its first thread */
	uint64_t start_ticks;
	char name[32]; /* comm */
};

/* Read the bytes of a stat file. ERR_INVALID: they are none. */
ERR_CHECK enum err proc_stat_parse(const char *text, size_t len, struct proc_stat *out);
