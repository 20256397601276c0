/* SPDX-License-Identifier: Apache-2.0 */
/* Compares two lists of pids and start times. /proc lists pids in their order, so both lists are in order. */
#include "agent/source/process_poll.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned list(struct process_poll *p, int proc, struct process_seen *seen)
{
	int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	unsigned count = 0;
	uint32_t ppid;

	while (dir && (entry = readdir(dir)) != NULL) {
		uint32_t pid = (uint32_t)strtoul(entry->d_name, NULL, 10);

		if (pid == 0)
			continue;
		if (count == CONFIG_PROCESSES_MAX) {
			p->overflows++;
			break;
		}
		seen[count].pid = pid;
		if (proc_read_start(proc, pid, &seen[count].start, &ppid))
			count++;
	}
	if (dir)
		closedir(dir);
	return count;
}

static bool has(const struct process_seen *seen, unsigned count, const struct process_seen *one)
{
	unsigned low = 0, high = count;

	while (low < high) {
		unsigned middle = (low + high) / 2;

		if (seen[middle].pid < one->pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && seen[low].pid == one->pid && seen[low].start == one->start;
}

void process_poll_note(struct process_poll *p, uint32_t pid, uint64_t start)
{
	struct process_seen *seen = p->seen[0];
	unsigned at = p->count;

	while (at > 0 && seen[at - 1].pid >= pid)
		at--;
	if (at == p->count || seen[at].pid != pid) {
		if (p->count == CONFIG_PROCESSES_MAX)
			return;
		memmove(&seen[at + 1], &seen[at], (p->count - at) * sizeof(*seen));
		p->count++;
	}
	seen[at] = (struct process_seen){pid, start};
}

void process_poll_look(struct process_poll *p, int proc,
		       void (*give)(void *context, struct process_sample *sample, size_t len), void *context)
{
	struct process_seen *before = p->seen[0], *now = p->seen[1];
	unsigned count = list(p, proc, now);
	uint8_t kind = p->first_done ? PROCESS_SAMPLE_EXEC : PROCESS_SAMPLE_RUNS;

	for (unsigned i = 0; i < p->count; i++) {
		if (has(now, count, &before[i]))
			continue;
		memset(&p->sample.head, 0, sizeof(p->sample.head));
		p->sample.head.version = PROCESS_SAMPLE_VERSION;
		p->sample.head.kind = PROCESS_SAMPLE_EXIT;
		p->sample.head.pid = before[i].pid;
		p->sample.head.start = before[i].start;
		give(context, &p->sample.head, sizeof(p->sample.head));
	}
	for (unsigned i = 0; i < count; i++) {
		size_t len = has(before, p->count, &now[i]) ? 0 : proc_read(proc, now[i].pid, kind, &p->sample);

		if (len)
			give(context, &p->sample.head, len);
	}
	memcpy(before, now, count * sizeof(*now));
	p->count = count;
	p->first_done = true;
}
