/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The programs of root that were last called to load or unload a module of the kernel by its name: insmod, modprobe and
 * rmmod, of kmod or of BusyBox. By them the module sensor's events get who did it. What modprobe brings along because
 * another module needs it, and what the kernel asked for by an alias, has no such call, and so nobody's name.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/event/event.h"
#include "agent/sensors/process/process_table.h"

#define PROCESS_LOADERS_MAX 8u /* remembered; the oldest makes room */
#define PROCESS_LOADER_ENDED_US \
	2000000 /* how long after its end a process may be told of, whose module is told later */

struct process_loader {
	struct process_entry who; /* pid 0: free */
	int64_t ended_us;	  /* CLOCK_BOOTTIME; 0: it runs */
};

struct process_loaders {
	unsigned next;
	struct process_loader list[PROCESS_LOADERS_MAX];
};

/* Remember a process if it is one of those: root's, and its arguments whole and understood. */
void process_loaders_note(struct process_loaders *l, const struct process_entry *e);

/* That process runs another program, or has ended. */
void process_loaders_end(struct process_loaders *l, const struct process_entry *e, struct now now);

/*
 * The one process that was called to do what the event tells of. False: there is none, or more than one may have done
 * it. A call explains one event.
 */
bool process_loaders_take(struct process_loaders *l, const struct module_event *event, struct now now,
			  struct process_entry *out);
