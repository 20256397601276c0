/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stops processes and continues them. It signals only what is in the record, and a longer record is written before any
 * process that was added is stopped. It never waits: the caller asks again for a process that is not stopped yet.
 */
#include "agent/actor/sys/freeze.h"

#include "agent/actor/sys/freeze_tree.h"
#include "agent/actor/sys/procs.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define TURNS_MAX 8 /* of stopping and looking again in one call */

static bool is_stopped(char state)
{
	return state == 'T' || state == 't';
}

static enum err send_signal(const struct freeze_row *row, int number)
{
	const struct proc_stat process = {.pid = row->pid, .start_ticks = row->start_ticks};
	int fd;
	enum err err = procs_signal(&process, number, &fd);

	if (err == ERR_OK && fd >= 0)
		close(fd);
	return err;
}

static void say_state(const struct freeze_row *row, char state, char text[FREEZE_TEXT_MAX])
{
	int32_t tracer = procs_tracer(row->pid);
	struct proc_stat stat;

	if (procs_stat(row->pid, &stat) != ERR_OK)
		stat.name[0] = '\0';
	if (state == 'D')
		snprintf(text, FREEZE_TEXT_MAX, "process %d (%s) waits in the kernel, where no signal reaches it",
			 (int)row->pid, stat.name);
	else if (tracer != 0)
		snprintf(text, FREEZE_TEXT_MAX, "process %d (%s) runs on under process %d, which traces it",
			 (int)row->pid, stat.name, (int)tracer);
	else
		snprintf(text, FREEZE_TEXT_MAX, "process %d (%s) is not stopped", (int)row->pid, stat.name);
}

/* The first process of the record that lives and is not stopped. */
static bool all_stopped(const struct freeze_undo *undo, char text[FREEZE_TEXT_MAX])
{
	for (unsigned i = 0; i < undo->count; i++) {
		char state = freeze_tree_state(&undo->rows[i]);

		if (state != '\0' && !is_stopped(state)) {
			say_state(&undo->rows[i], state, text);
			return false;
		}
	}
	return true;
}

/* A process held by its tracer gets the signal as well: it stops when the tracer lets it go on. */
static enum err stop(const struct freeze_undo *undo, char text[FREEZE_TEXT_MAX])
{
	for (unsigned i = 0; i < undo->count; i++) {
		const struct freeze_row *row = &undo->rows[i];
		char state = row->before ? '\0' : freeze_tree_state(row);
		enum err err = state == '\0' || state == 'T' ? ERR_OK : send_signal(row, SIGSTOP);

		if (err != ERR_OK && err != ERR_NOT_FOUND) {
			snprintf(text, FREEZE_TEXT_MAX, "process %d could not be stopped: %s", (int)row->pid,
				 err_text(err));
			return err;
		}
	}
	return all_stopped(undo, text) ? ERR_OK : ERR_BUSY;
}

static bool is_void(const struct freeze_undo *undo, uint64_t boot, char text[FREEZE_TEXT_MAX])
{
	if (undo->boot == boot)
		return false;
	snprintf(text, FREEZE_TEXT_MAX, "the machine was started anew since, so nothing of it is suspended");
	return true;
}

enum err freeze_look(const struct freeze_job *job, struct freeze_undo *out, char why[FREEZE_TEXT_MAX])
{
	bool changed;
	enum err err;

	*out = (struct freeze_undo){.boot = job->boot};
	err = freeze_tree_update(job, out, &changed, why);
	if (err != ERR_OK)
		return err;
	for (unsigned i = 0; i < out->count; i++)
		if (!out->rows[i].before)
			return ERR_OK;
	snprintf(why, FREEZE_TEXT_MAX, "%s stopped already", out->count > 1 ? "all of its tree is" : "it is");
	return ERR_EXISTS;
}

static void say_suspended(const struct freeze_undo *undo, char text[FREEZE_TEXT_MAX])
{
	struct buf b = buf_over(text, FREEZE_TEXT_MAX - 1);
	unsigned before = 0, traced = 0;

	for (unsigned i = 0; i < undo->count; i++) {
		before += undo->rows[i].before;
		traced += freeze_tree_state(&undo->rows[i]) == 't';
	}
	buf_printf(&b, "%u process%s suspended", undo->count - before, undo->count - before == 1 ? "" : "es");
	if (before > 0)
		buf_printf(&b, ", %u stopped before", before);
	if (traced > 0)
		buf_printf(&b, ", %u held by a tracer, which can let it run", traced);
	text[b.len] = '\0';
}

/* The error stays, and so does its text. */
static enum err give_up(const struct freeze_undo *undo, enum err err)
{
	char text[FREEZE_TEXT_MAX];

	if (err != ERR_NOT_FOUND)
		(void)!freeze_resume(undo, undo->boot, text);
	return err;
}

enum err freeze_apply(const struct freeze_job *job, struct freeze_undo *undo, char text[FREEZE_TEXT_MAX])
{
	if (is_void(undo, job->boot, text))
		return ERR_NOT_FOUND;
	for (unsigned turn = 0; turn < TURNS_MAX; turn++) {
		struct freeze_undo next = *undo;
		bool changed = false;
		enum err seen = stop(undo, text), err = seen;

		if (seen == ERR_OK || seen == ERR_BUSY)
			err = freeze_tree_update(job, &next, &changed, text);
		if (err == ERR_OK && changed) {
			err = job->keep(job->owner, &next);
			if (err != ERR_OK)
				snprintf(text, FREEZE_TEXT_MAX, "what its tree started could not be recorded: %s",
					 err_text(err));
		}
		if (err != ERR_OK)
			return give_up(undo, err);
		*undo = next;
		if (!changed && seen == ERR_OK)
			say_suspended(undo, text);
		if (!changed)
			return seen;
	}
	snprintf(text, FREEZE_TEXT_MAX, "its tree still starts processes");
	return ERR_BUSY;
}

bool freeze_is_held(const struct freeze_job *job, const struct freeze_undo *undo, char why[FREEZE_TEXT_MAX])
{
	struct freeze_undo now = *undo;
	bool changed;

	if (is_void(undo, job->boot, why) || !all_stopped(undo, why) ||
	    freeze_tree_update(job, &now, &changed, why) != ERR_OK)
		return false;
	if (changed)
		snprintf(why, FREEZE_TEXT_MAX, "process %d of its tree is not suspended",
			 (int)now.rows[now.count - 1].pid);
	return !changed;
}

struct resumed {
	unsigned resumed, ran, ended, before;
	enum err err;
	int32_t failed; /* for which err stands */
};

static void resume(const struct freeze_row *row, struct resumed *r)
{
	char state = freeze_tree_state(row);
	/* Also to one that runs: a stop may be pending where it waits in the kernel or for its tracer. */
	enum err err = state == '\0' ? ERR_NOT_FOUND : send_signal(row, SIGCONT);

	if (err == ERR_NOT_FOUND) {
		r->ended++;
	} else if (err != ERR_OK) {
		r->err = err;
		r->failed = row->pid;
	} else {
		r->resumed += is_stopped(state);
		r->ran += !is_stopped(state);
	}
}

static void say_resumed(const struct resumed *r, char text[FREEZE_TEXT_MAX])
{
	struct buf b = buf_over(text, FREEZE_TEXT_MAX - 1);

	buf_printf(&b, "%u process%s resumed", r->resumed, r->resumed == 1 ? "" : "es");
	if (r->ran > 0)
		buf_printf(&b, ", %u not stopped any more", r->ran);
	if (r->ended > 0)
		buf_printf(&b, ", %u ended", r->ended);
	if (r->before > 0)
		buf_printf(&b, ", %u stopped as before", r->before);
	if (r->err == ERR_UNVERIFIED)
		buf_printf(&b, "; process %d is stopped still or again", (int)r->failed);
	else if (r->err != ERR_OK)
		buf_printf(&b, "; process %d: %s", (int)r->failed, err_text(r->err));
	text[b.len] = '\0';
}

enum err freeze_resume(const struct freeze_undo *undo, uint64_t boot, char text[FREEZE_TEXT_MAX])
{
	struct resumed r = {0};

	if (is_void(undo, boot, text))
		return ERR_NOT_FOUND;
	for (unsigned i = undo->count; i-- > 0;) {
		if (undo->rows[i].before)
			r.before++;
		else
			resume(&undo->rows[i], &r);
	}
	for (unsigned i = 0; i < undo->count && r.err == ERR_OK; i++)
		if (!undo->rows[i].before && freeze_tree_state(&undo->rows[i]) == 'T') {
			r.err = ERR_UNVERIFIED;
			r.failed = undo->rows[i].pid;
		}
	say_resumed(&r, text);
	return r.err;
}
