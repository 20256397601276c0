/* SPDX-License-Identifier: Apache-2.0 */
/* Watching over killed processes until they are gone: proof by pidfd, not by hope. */
#include "agent/actor/verb/ending.h"

#include "agent/actor/sys/procs.h"
#include "agent/base/clock.h"

#include <poll.h>
#include <unistd.h>

enum err ending_add(struct action *action, int32_t pid, uint64_t start_ticks)
{
	int fd;
	enum err err = procs_kill(pid, start_ticks, &fd);

	if (err != ERR_OK)
		return err;
	action->receipt.count++;
	if (action->process_count == ACTION_PROCESSES_MAX) {
		if (fd >= 0)
			close(fd);
		return ERR_FULL;
	}
	action->processes[action->process_count].pid = pid;
	action->processes[action->process_count++].fd = fd;
	return ERR_OK;
}

/* Drops those that are gone. */
static unsigned sift(struct action *action)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < action->process_count; i++)
		if (procs_gone(action->processes[i].pid, 0, action->processes[i].fd)) {
			if (action->processes[i].fd >= 0)
				close(action->processes[i].fd);
		} else {
			action->processes[kept++] = action->processes[i];
		}
	action->process_count = kept;
	return kept;
}

unsigned ending_left(struct action *action)
{
	int64_t until_us = clock_mono_us() + ENDING_WAIT_MS * MS_US;

	while (sift(action) > 0 && !action->tried) {
		struct pollfd p = {action->processes[0].fd, POLLIN, 0};

		if (clock_mono_us() >= until_us)
			break;
		(void)poll(&p, 1, p.fd >= 0 ? ENDING_WAIT_MS : 1);
	}
	return action->process_count;
}

void ending_forget(struct action *action)
{
	for (unsigned i = 0; i < action->process_count; i++)
		if (action->processes[i].fd >= 0)
			close(action->processes[i].fd);
	action->process_count = 0;
}
