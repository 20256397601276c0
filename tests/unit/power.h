/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power is cut at every call that changes a directory's files: work runs in a child again and again and is killed
 * before another of these calls (ptrace(2)), from the first to the last, and in the end after it. Then the directory
 * becomes what a disk may have kept: any number of the changes to its names since fsync(2) of it, in their order, and
 * of each file what was synced, all of it, or a half. What the test then looks at is what the work promises.
 */
#pragma once

#include <stdbool.h>

struct power_cut {
	unsigned nth; /* before which call, from 0 */
	bool ended;   /* the work had returned, with `result` */
	int result;
};

struct power {
	const char *dir;	       /* of regular files only */
	void (*before)(void *context); /* in the test: what is there before, all of it durable */
	int (*work)(void *context);    /* in the child; 0 to 255 */
	void (*after)(void *context, const struct power_cut *cut); /* in the test, for each thing that may be left */
	void *context;
	unsigned step; /* cut at every nth of the calls; 0: at each */
};

/* False where nothing can be traced (an emulator, no privileges). */
bool power_possible(void);

/* Run it through. How many calls there are, as far as the step tells. */
unsigned power_each(const struct power *p);
