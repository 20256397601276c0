/* SPDX-License-Identifier: Apache-2.0 */
/* Means: the processes of this machine. CAP_KILL, which every build keeps, ends them; this is to see whose they are. */
#include "agent/actor/verb/processes.h"

#include "agent/actor/sys/procs.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/means.h"

#include <linux/capability.h>

#include <stdio.h>
#include <unistd.h>

enum err processes_judge(struct actor *a, struct action *action)
{
	const struct verb_args *args = &action->receipt.args;
	struct proc_stat stat;
	struct rails_process process = {.pid = args->pid};
	enum err err = procs_stat(args->pid, &stat);

	process.guard = args->pid == getpid() || args->pid == a->child.pid;
	if (err == ERR_OK && args->start_ticks != 0 && stat.start_ticks != args->start_ticks)
		err = ERR_NOT_FOUND;
	if (err != ERR_OK) {
		snprintf(action->why, sizeof(action->why), "there is no such process");
		return err;
	}
	process.kernel_thread = stat.kernel_thread;
	return rails_kill(&process, action->why);
}

const struct means processes_means = {
	.capabilities = UINT64_C(1) << CAP_SYS_PTRACE,
};
