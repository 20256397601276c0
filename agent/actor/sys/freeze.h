/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Suspending a process, or it and everything below it, by SIGSTOP, and taking that back by SIGCONT.
 *
 * The tree is what proc_pid_stat(5) shows as children of its processes, however deep. A process that still runs may
 * start others meanwhile, so freeze_apply stops and looks again until every thread of every process is stopped and a
 * look finds no new child: from then on none can be started. Parents are stopped before and continued after their
 * children, so that a shell does not notice.
 *
 * A suspension does not reach what left the tree before it was seen, because its parent ended, nor what other processes
 * or the kernel do for it. Root and the user of a process can continue it at any time: freeze_is_held says so.
 *
 * The order: freeze_look, then the caller puts the record where a power cut leaves it, then freeze_apply, which hands
 * every longer record to `keep` before it stops what was added. From then on the record alone is enough for
 * freeze_resume, in whatever state a crash left the machine, also when nothing was done yet.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define FREEZE_MAX 62	    /* processes of one tree */
#define FREEZE_UNDO_MAX 512 /* bytes of an encoded record */
#define FREEZE_TEXT_MAX 160 /* of what was done, or why not, with its NUL */

struct freeze_row {
	int32_t pid;
	bool before;	      /* it was stopped already, so freeze_resume leaves it stopped */
	uint64_t start_ticks; /* field 22 of proc_pid_stat(5), never 0 */
};

/* The record: the processes, every parent before its children. */
struct freeze_undo {
	uint64_t boot;
	unsigned count;
	struct freeze_row rows[FREEZE_MAX];
};

struct freeze_job {
	int32_t pid;
	uint64_t start_ticks; /* 0: whichever has the number */
	bool tree;	      /* and everything below it */
	int32_t actor, core;  /* the guard's processes; core 0: it does not run */
	uint64_t boot;	      /* a number of this boot of the machine: records of another one are void */
	/* Write the longer record as the first one was. An error ends the suspension. */
	enum err (*keep)(void *owner, const struct freeze_undo *undo);
	void *owner;
};

/*
 * Look at the process and its tree, judge, and make the record. Changes nothing. Errors fill why:
 * ERR_NOT_FOUND: there is no such process, or it has ended and is a zombie.
 * ERR_EXISTS: all of it is stopped already. ERR_PROTECTED: one of them is spared (rails_suspend).
 * ERR_FULL: more than FREEZE_MAX processes. Others: /proc could not be read.
 */
ERR_CHECK enum err freeze_look(const struct freeze_job *job, struct freeze_undo *out, char why[FREEZE_TEXT_MAX]);

/*
 * Stop what the record names and what was started since. May be called again, also for a suspension that somebody
 * broke; `undo` grows as the record handed to `keep` does. ERR_OK: all threads of all processes were seen stopped.
 * ERR_BUSY: one is not stopped yet; text says which and what it does (runs, waits in the kernel, runs on under its
 * tracer). The others are stopped; call again. ERR_NOT_FOUND: all have ended, or the record is of another boot. Every
 * other error (ERR_FULL, ERR_PROTECTED, that of `keep`, ERR_DENIED): what the record names was resumed again.
 */
ERR_CHECK enum err freeze_apply(const struct freeze_job *job, struct freeze_undo *undo, char text[FREEZE_TEXT_MAX]);

/*
 * Whether /proc shows the suspension: every thread of what still lives is stopped, and nothing of the tree is missing
 * from the record. false fills why.
 */
bool freeze_is_held(const struct freeze_job *job, const struct freeze_undo *undo, char why[FREEZE_TEXT_MAX]);

/*
 * Continue exactly the processes of the record that were not stopped before and are still the same. `boot` as in the
 * job. text counts those that were resumed, that were not stopped any more, and that had ended. May be called again.
 * ERR_NOT_FOUND: the record is of another boot; nothing was done, and never will be. ERR_UNVERIFIED: one is stopped
 * still or again; text says which. ERR_DENIED and others: that one could not be continued, all others were.
 */
ERR_CHECK enum err freeze_resume(const struct freeze_undo *undo, uint64_t boot, char text[FREEZE_TEXT_MAX]);

/* Pure: the record as bytes, appended to b; and back. ERR_INVALID: no record of this version. */
void freeze_undo_encode(struct buf *b, const struct freeze_undo *undo);
ERR_CHECK enum err freeze_undo_decode(struct str bytes, struct freeze_undo *out);
