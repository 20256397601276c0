/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every system call fails once: work runs in a child again and again, and each time another of its calls, from the
 * first to the last, is answered with an error by the kernel (seccomp_unotify(2)) instead of being done. What the test
 * then looks at is what the work promises for every outcome. Calls that a process needs to go on (memory, threads,
 * close, exit, signals) never fail.
 */
#pragma once

#include <stdbool.h>

struct faults_run {
	unsigned nth; /* which call failed, from 0 */
	int call;     /* its number (SYS_openat...), -1: none failed, this is the last run */
	int result;   /* what work returned */
};

struct faults {
	int error;						    /* errno of the call that fails */
	void (*before)(void *context);				    /* in the test, before each run; NULL: nothing */
	int (*work)(void *context);				    /* in the child; 0 to 255 */
	void (*after)(void *context, const struct faults_run *run); /* in the test; NULL: nothing */
	void *context;
};

/* False where the kernel does not offer this (an emulator, no privileges). */
bool faults_possible(void);

/* In the work: between the two, calls do not fail and are not counted. */
void faults_hold(void);
void faults_begin(void);

/* Run it through; the test fails when the work dies by a signal or does not come to an end. How many calls it made. */
unsigned faults_each(const struct faults *f);

/* The same for work of hundreds of calls: every seventh fails, and each of them in `make check-all` (thorough.h). */
unsigned faults_some(const struct faults *f);
