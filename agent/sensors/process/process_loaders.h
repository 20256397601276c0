/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who loaded or unloaded a module of the kernel, for the module sensor's events. The kernel's program (agent/bpf) says
 * who did: that is exact, whatever the file was called and whoever asked for it. Without it, or where it had no room,
 * there is who was called to: the programs of root that were last called to do that by a module's name, insmod,
 * modprobe and rmmod, of kmod or of BusyBox. Of these, what modprobe brings along because another module needs it, and
 * what the kernel asked for by an alias, has no such call, and so nobody's name.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/common/process_sample.h"
#include "agent/event/event.h"
#include "agent/sensors/process/process_table.h"

#define PROCESS_LOADERS_MAX 8u /* remembered; the oldest makes room */
#define PROCESS_DEEDS_MAX 16u
#define PROCESS_LOADER_ENDED_US \
	2000000 /* how long after its end a process may be told of, whose module is told later */

struct process_loader {
	struct process_entry who; /* pid 0: free */
	int64_t ended_us;	  /* CLOCK_BOOTTIME; 0: it runs */
};

/* What one of them did, by the kernel's word. */
struct process_deed {
	struct process_loader by;
	bool unloads;
	uint8_t len;
	char module[PROCESS_SAMPLE_MODULE_MAX];
};

struct process_loaders {
	unsigned next, deed_next;
	struct process_loader list[PROCESS_LOADERS_MAX];
	struct process_deed deeds[PROCESS_DEEDS_MAX];
};

/* Remember a process if it is one of those: root's, and its arguments whole and understood. */
void process_loaders_note(struct process_loaders *l, const struct process_entry *e);

/*
 * Remember that the process had the kernel load a module of that name, or unload it. Of a process that is not known the
 * pid is enough.
 */
void process_loaders_did(struct process_loaders *l, const struct process_entry *e, struct str module, bool unloads);

/* That process runs another program, or has ended. */
void process_loaders_end(struct process_loaders *l, const struct process_entry *e, struct now now);

/*
 * The process that last did what the event tells of; else the one that was called to. False: there is none, or more
 * than one were called to. A deed and a call explain one event each.
 */
bool process_loaders_take(struct process_loaders *l, const struct module_event *event, struct now now,
			  struct process_entry *out);
