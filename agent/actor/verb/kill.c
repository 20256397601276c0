/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verb `kill`: one process, held by its pidfd from the look to the proof; or it and all below it; or all that run a
 * file (kill_program.h). A tree is stopped first (sys/freeze.h), so that none of it can start another one behind the
 * look, and then killed from below. Nothing to undo or to record.
 */
#include "agent/actor/sys/freeze.h"

#include "agent/actor/verb/act.h"
#include "agent/actor/verb/action_rows.h"
#include "agent/actor/verb/actor.h"
#include "agent/actor/verb/ending.h"
#include "agent/actor/verb/kill_program.h"
#include "agent/actor/verb/processes.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#define STOPS_MAX 10 /* looks whether all of it stands still; what waits in the kernel does so only later */
#define STOP_WAIT_MS 2

_Static_assert(FREEZE_MAX <= ACTION_PROCESSES_MAX, "a tree can be watched until it is gone");

/* What is found stays in memory: it is killed in the same step, or let go on. */
static enum err keep_nothing(void *owner, const struct freeze_undo *undo)
{
	(void)owner;
	(void)undo;
	return ERR_OK;
}

static struct freeze_job job_of(const struct actor *a, const struct verb_args *args)
{
	return (struct freeze_job){
		.pid = args->pid,
		.start_ticks = args->start_ticks,
		.tree = true,
		.actor = getpid(),
		.core = a->child.pid,
		.keep = keep_nothing,
	};
}

static enum err look(const struct actor *a, struct action *action, struct freeze_undo *out)
{
	struct freeze_job job = job_of(a, &action->receipt.args);
	char text[FREEZE_TEXT_MAX];
	enum err err = freeze_look(&job, out, text);

	/* All of it is stopped already. */
	if (err == ERR_EXISTS)
		return ERR_OK;
	if (err != ERR_OK)
		snprintf(action->why, sizeof(action->why), "%.*s", ACTION_WHY_MAX - 1, text);
	return err;
}

static bool is_of_program(const struct action *action)
{
	return action->receipt.args.path[0] != '\0';
}

static enum err kill_rails(struct actor *a, struct action *action)
{
	struct freeze_undo tree;
	enum err err;

	if (is_of_program(action))
		return kill_program_rails(a, action);
	err = processes_judge(a, action);
	return err == ERR_OK && action->receipt.args.tree ? look(a, action, &tree) : err;
}

/* Until nothing of it runs. ERR_OK, too, when something still does: it is killed all the same. */
static enum err stop_tree(const struct actor *a, struct action *action, struct freeze_undo *tree)
{
	struct freeze_job job = job_of(a, &action->receipt.args);
	char text[FREEZE_TEXT_MAX];
	enum err err = ERR_BUSY;

	for (unsigned i = 0; i < STOPS_MAX && err == ERR_BUSY; i++) {
		(void)poll(NULL, 0, i > 0 ? STOP_WAIT_MS : 0);
		err = freeze_apply(&job, tree, text);
	}
	action->proven = err == ERR_OK;
	if (err != ERR_OK && err != ERR_BUSY)
		snprintf(action->why, sizeof(action->why), "%.*s", ACTION_WHY_MAX - 1, text);
	return err == ERR_BUSY ? ERR_OK : err;
}

static enum err kill_tree(const struct actor *a, struct action *action)
{
	struct freeze_undo tree;
	char text[FREEZE_TEXT_MAX];
	enum err err = look(a, action, &tree);

	if (err == ERR_OK)
		err = stop_tree(a, action, &tree);
	for (unsigned i = tree.count; i-- > 0 && err == ERR_OK;) {
		err = ending_add(action, tree.rows[i].pid, tree.rows[i].start_ticks);
		if (err == ERR_NOT_FOUND)
			err = ERR_OK;
		if (err == ERR_OK)
			continue;
		snprintf(action->why, sizeof(action->why), "process %d: %s", (int)tree.rows[i].pid, err_text(err));
		(void)!freeze_resume(&tree, tree.boot, text);
	}
	return err;
}

static enum err kill_apply(struct actor *a, struct action *action)
{
	const struct verb_args *args = &action->receipt.args;
	enum err err;

	if (is_of_program(action))
		err = kill_program_apply(a, action);
	else
		err = args->tree ? kill_tree(a, action) : ending_add(action, args->pid, args->start_ticks);
	if (err != ERR_NOT_FOUND)
		return err;
	action->why[0] = '\0';
	action->receipt.result = RECEIPT_ALREADY;
	return ERR_OK;
}

static enum err verify_program(struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	char target[64];

	if (!kill_program_gone(action))
		return ERR_UNVERIFIED;
	act_target(&r->args, target);
	if (r->result == RECEIPT_ALREADY)
		snprintf(r->text, sizeof(r->text), "no process runs %s", target);
	else
		snprintf(r->text, sizeof(r->text), "%u process%s that ran %s killed; nobody runs it any more",
			 (unsigned)r->count, r->count == 1 ? "" : "es", target);
	return ERR_OK;
}

static enum err kill_verify(struct actor *a, struct action *action)
{
	struct actor_receipt *r = &action->receipt;
	unsigned below = r->count > 0 ? r->count - 1 : 0;

	(void)a;
	if (ending_left(action) > 0)
		return ERR_UNVERIFIED;
	if (is_of_program(action))
		return verify_program(action);
	if (r->result == RECEIPT_ALREADY)
		snprintf(r->text, sizeof(r->text), "process %d had ended already", (int)r->args.pid);
	else if (!r->args.tree)
		snprintf(r->text, sizeof(r->text), "process %d killed; it is gone", (int)r->args.pid);
	else
		snprintf(r->text, sizeof(r->text), "process %d and %u below it killed; all are gone%s",
			 (int)r->args.pid, below,
			 action->proven ? "" : "; one still ran, and what it started last may be left");
	return ERR_OK;
}

const struct action_row kill_row = {
	.verb = VERB_KILL,
	.budget = ACTION_KILLS,
	.retry_ms = 20,
	.deadline_ms = 500,
	.rails = kill_rails,
	.apply = kill_apply,
	.verify = kill_verify,
	.means = {&processes_means, &kill_program_means},
};
