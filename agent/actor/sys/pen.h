/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pens: control groups of the guard's own (cgroups(7), version 2) in which everything stands still. What is put into
 * one can start nothing any more, and what it had just started is in there with it, so that all of it can be killed in
 * one stroke, however many they are. A pen is below the guard's own group: where that is, proc_pid_cgroup(5) says.
 *
 * Needs Linux 5.2 (cgroup.freeze), the hierarchy mounted where systemd has it, and leave to write there.
 */
#pragma once

#include "agent/base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define PENS_MAX 8
#define PEN_PATH_MAX 512

struct pen {
	unsigned number;	   /* from 1 on */
	char group[PEN_PATH_MAX];  /* its name in /proc/PID/cgroup */
	char dir[PEN_PATH_MAX];	   /* where its files are */
	char origin[PEN_PATH_MAX]; /* the directory of the group that the first one in it came from; empty: none is in
				      it */
};

/* Whether there can be pens: one is made and removed. */
bool pen_is_there(void);

/* Make an empty one. ERR_UNSUPPORTED: there can be none. ERR_FULL: PENS_MAX have something in them. */
ERR_CHECK enum err pen_open(struct pen *p);

/* Whether the process is in it. */
bool pen_has(const struct pen *p, int32_t pid);

/*
 * Put exactly this process there. ERR_NOT_FOUND: it has ended. ERR_UNSUPPORTED: the kernel does not move it, as one
 * whose time is scheduled otherwise.
 */
ERR_CHECK enum err pen_put(struct pen *p, int32_t pid, uint64_t start_ticks);

/* Let all go on, in the group that the first one came from, and remove the pen. */
void pen_release(struct pen *p);

/* Send SIGKILL to all that are in it. */
ERR_CHECK enum err pen_kill(const struct pen *p);

/* Remove the pen of that number. False: not all in it have ended yet. */
bool pen_close(unsigned number);

/* At start: kill what a guard that ended meanwhile had put into pens to kill it, and remove them. */
void pen_clear(void);
