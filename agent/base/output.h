/* SPDX-License-Identifier: Apache-2.0 */
/* The last thing that a program does before it ends: sees that what it printed has arrived. */
#pragma once

struct output_end {
	const char *program; /* begins the message */
	int status;	     /* with which it would end */
	int lost;	     /* with which it ends instead of 0 when standard output took not all */
};

/*
 * Write out what stdio holds of standard output. Returns the status with which to end; when something could not be
 * written, after a message on standard error (a reader who left, EPIPE, needs none), and never 0.
 */
int output_end(const struct output_end *e);
