/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which processes a suspension is about. One look is passes over /proc until one adds nothing: children mostly have
 * higher numbers than their parents, so two passes are the rule, of three system calls for each process of the machine.
 * Changes nothing on the machine.
 */
#include "agent/actor/sys/freeze_tree.h"

#include "agent/actor/rails/rails.h"
#include "agent/actor/sys/procs.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

#define ABOVE_MAX 64 /* steps up from the actor, those of a walk begun anew included */

_Static_assert(RAILS_WHY_MAX <= FREEZE_TEXT_MAX, "a refusal fits");

char freeze_tree_state(const struct freeze_row *row)
{
	char state = procs_state(row->pid);
	struct proc_stat now;
	enum err err = procs_stat(row->pid, &now);

	if (err != ERR_OK && err != ERR_NOT_FOUND)
		return FREEZE_TREE_UNKNOWN;
	if (err != ERR_OK || now.dead || now.start_ticks != row->start_ticks)
		return '\0';
	/* Threads that all end at this moment still run. */
	return state ? state : 'R';
}

static const struct freeze_row *row_of(const struct freeze_undo *undo, int32_t pid)
{
	for (unsigned i = 0; i < undo->count; i++)
		if (undo->rows[i].pid == pid)
			return &undo->rows[i];
	return NULL;
}

/* Whether the actor runs below it. A walk that finds no end says yes: better refused than stopped. */
static bool is_above(int32_t pid, int32_t actor)
{
	int32_t at = actor;

	for (unsigned steps = 0; steps < ABOVE_MAX; steps++) {
		struct proc_stat stat;

		/* It ended at this moment, and what was below it has another parent now: from the start. */
		at = procs_stat(at, &stat) == ERR_OK ? stat.parent : actor;
		if (at == pid)
			return true;
		if (at <= 1)
			return false;
	}
	return true;
}

static struct rails_process facts_of(const struct freeze_job *job, const struct proc_stat *stat)
{
	return (struct rails_process){
		.pid = stat->pid,
		.kernel_thread = stat->kernel_thread,
		.guard = stat->pid == job->actor || stat->parent == job->actor ||
			 (job->core > 0 && (stat->pid == job->core || stat->parent == job->core)),
		.above_guard = is_above(stat->pid, job->actor),
	};
}

static enum err add(const struct freeze_job *job, struct freeze_undo *undo, const struct proc_stat *stat, char *why)
{
	struct rails_process facts = facts_of(job, stat);
	enum err err = rails_suspend(&facts, job->pid, why);

	if (err != ERR_OK)
		return err;
	if (undo->count == FREEZE_MAX) {
		snprintf(why, FREEZE_TEXT_MAX, "its tree has more than %d processes", FREEZE_MAX);
		return ERR_FULL;
	}
	undo->rows[undo->count++] = (struct freeze_row){
		.pid = stat->pid, .before = procs_state(stat->pid) == 'T', .start_ticks = stat->start_ticks};
	return ERR_OK;
}

static enum err add_root(const struct freeze_job *job, struct freeze_undo *undo, char *why)
{
	struct proc_stat stat;
	enum err err = procs_stat(job->pid, &stat);

	if (err == ERR_OK && job->start_ticks != 0 && stat.start_ticks != job->start_ticks)
		err = ERR_NOT_FOUND;
	if (err == ERR_NOT_FOUND) {
		snprintf(why, FREEZE_TEXT_MAX, "there is no such process");
	} else if (err != ERR_OK) {
		snprintf(why, FREEZE_TEXT_MAX, "it could not be looked at: %s", err_text(err));
	} else if (stat.dead) {
		snprintf(why, FREEZE_TEXT_MAX, "it has ended and is a zombie");
		err = ERR_NOT_FOUND;
	}
	return err == ERR_OK ? add(job, undo, &stat, why) : err;
}

/* A process of the machine: one of the tree that the record does not have yet? */
static enum err look_at(const struct freeze_job *job, struct freeze_undo *undo, int32_t pid, char *why)
{
	const struct freeze_row *parent;
	struct proc_stat stat, above;

	if (pid <= 0 || row_of(undo, pid) || procs_stat(pid, &stat) != ERR_OK || stat.dead)
		return ERR_OK;
	parent = row_of(undo, stat.parent);
	/* Asked after the child was seen: then the number was not another process's at that moment. */
	if (!parent || procs_stat(parent->pid, &above) != ERR_OK || above.start_ticks != parent->start_ticks)
		return ERR_OK;
	return add(job, undo, &stat, why);
}

static enum err add_children(const struct freeze_job *job, struct freeze_undo *undo, char *why)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	enum err err = ERR_OK;

	errno = dir ? 0 : errno;
	while (dir && err == ERR_OK && (errno = 0, entry = readdir(dir)) != NULL)
		err = look_at(job, undo, (int32_t)strtol(entry->d_name, NULL, 10), why);
	if (err == ERR_OK && errno != 0) {
		err = err_from_errno(errno);
		snprintf(why, FREEZE_TEXT_MAX, "/proc could not be read: %s", err_text(err));
	}
	if (dir)
		closedir(dir);
	return err;
}

/* Without what has ended. What was stopped before and runs now is ours to stop: true if there is one. */
static bool refresh(struct freeze_undo *undo)
{
	unsigned kept = 0;
	bool ours = false;

	for (unsigned i = 0; i < undo->count; i++) {
		struct freeze_row row = undo->rows[i];
		char state = freeze_tree_state(&row);

		if (state == '\0')
			continue;
		if (row.before && state != 'T' && state != 't' && state != FREEZE_TREE_UNKNOWN) {
			row.before = false;
			ours = true;
		}
		undo->rows[kept++] = row;
	}
	undo->count = kept;
	return ours;
}

enum err freeze_tree_update(const struct freeze_job *job, struct freeze_undo *undo, bool *changed,
			    char why[FREEZE_TEXT_MAX])
{
	bool is_new = undo->count == 0;
	unsigned known;
	enum err err = ERR_OK;

	*changed = is_new || refresh(undo);
	if (is_new) {
		err = add_root(job, undo, why);
	} else if (undo->count == 0) {
		snprintf(why, FREEZE_TEXT_MAX, "it has ended");
		err = ERR_NOT_FOUND;
	}
	if (!job->tree)
		return err;
	do {
		known = undo->count;
		if (err == ERR_OK)
			err = add_children(job, undo, why);
		*changed = *changed || undo->count > known;
	} while (err == ERR_OK && undo->count > known);
	return err;
}
