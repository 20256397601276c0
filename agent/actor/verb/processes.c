/* SPDX-License-Identifier: Apache-2.0 */
/* Means: the processes of this machine. CAP_KILL, which every build keeps, ends them; this is to see whose they are. */
#include "agent/actor/verb/processes.h"

#include "agent/actor/sys/daemon.h"
#include "agent/actor/sys/procs.h"
#include "agent/actor/sys/way_in.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/means.h"

#include <linux/capability.h>

#include <stdio.h>
#include <unistd.h>

/*
 * A rule, and an order without a start time, know a process by its number, which is another one's once it has ended:
 * then that began behind the event, or behind the order, which may have waited for hours to be signed.
 */
bool processes_is_another(const struct action *action, uint64_t start_ticks)
{
	const struct actor_receipt *r = &action->receipt;
	long per_s = sysconf(_SC_CLK_TCK);
	uint64_t tick_us = SECOND_US / (uint64_t)(per_s > 0 ? per_s : 100);
	int64_t known_us = message_by_itself(r->origin) ? r->cause_us : r->args.start_ticks ? 0 : action->known_us;

	return (message_by_itself(r->origin) || known_us) && start_ticks * tick_us > (uint64_t)known_us;
}

enum err processes_no_such(struct action *action)
{
	snprintf(action->why, sizeof(action->why), "there is no such process now: this one began behind the %s",
		 message_by_itself(action->receipt.origin) ? "event" : "order");
	return ERR_NOT_FOUND;
}

enum err processes_judge(struct actor *a, struct action *action)
{
	const struct verb_args *args = &action->receipt.args;
	struct proc_stat stat;
	struct rails_process process = {.pid = args->pid};
	enum err err = procs_stat(args->pid, &stat);

	process.guard = args->pid == getpid() || args->pid == a->child.pid;
	if (err == ERR_OK && args->start_ticks != 0 && stat.start_ticks != args->start_ticks)
		err = ERR_NOT_FOUND;
	if (err == ERR_OK && processes_is_another(action, stat.start_ticks))
		return processes_no_such(action);
	if (err != ERR_OK) {
		snprintf(action->why, sizeof(action->why), "there is no such process");
		return err;
	}
	process.kernel_thread = stat.kernel_thread;
	process.by_rule = message_by_itself(action->receipt.origin);
	process.way_in = way_in_is(args->pid);
	/* One whose connections are cut goes on. */
	process.daemon = process.by_rule && args->verb == VERB_KILL && daemon_is(args->pid, stat.start_ticks);
	return rails_kill(&process, action->why);
}

const struct means processes_means = {
	.capabilities = UINT64_C(1) << CAP_SYS_PTRACE,
};
