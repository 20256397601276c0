/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at /proc now and then: what began since the last look, and what is gone. What lived in between is not seen. */
#pragma once

#include "agent/common/proc_read.h"

#include <stdint.h>

struct process_seen {
	uint32_t pid;
	uint64_t start;
};

struct process_poll {
	unsigned count;
	bool first_done;
	uint64_t overflows; /* looks at which more processes ran than it can remember */
	struct process_seen seen[2][CONFIG_PROCESSES_MAX];
	union proc_sample sample;
};

/* Know a process of which another source told, so that its end is seen, and its begin not told of again. */
void process_poll_note(struct process_poll *p, uint32_t pid, uint64_t start);

/* Look, and give a sample of each process that is new (RUNS at the first look) or gone. */
void process_poll_look(struct process_poll *p, int proc,
		       void (*give)(void *context, struct process_sample *sample, size_t len), void *context);
