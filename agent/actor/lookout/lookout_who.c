/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a process by its number. Another one may have the number by then; that takes as long as all numbers last. */
#include "agent/actor/lookout/lookout_who.h"

#include "agent/common/proc_read.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void read_parents(struct lookout_who *who, int proc, uint32_t pid)
{
	uint64_t start;

	for (unsigned i = 0; i < LOOKOUT_WHO_PARENTS && pid > 1; i++) {
		who->parents[i] = pid;
		if (i + 1 < LOOKOUT_WHO_PARENTS && !proc_read_start(proc, pid, &start, &pid))
			return;
	}
}

void lookout_who_read(struct lookout_who *who, uint32_t pid)
{
	static union proc_sample sample;
	int proc = pid ? open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	const struct process_sample *h = &sample.head;

	memset(who, 0, sizeof(*who));
	who->pid = pid;
	if (proc < 0)
		return;
	if (proc_read(proc, pid, PROCESS_SAMPLE_RUNS, &sample)) {
		who->uid = h->uid;
		who->ids = h->flags & PROCESS_SAMPLE_IDS;
		memcpy(who->name, h->name, sizeof(who->name));
		who->exe_len = h->exe_len < sizeof(who->exe) ? h->exe_len : sizeof(who->exe);
		memcpy(who->exe, sample.bytes + sizeof(*h), who->exe_len);
		read_parents(who, proc, h->ppid);
	}
	close(proc);
}
