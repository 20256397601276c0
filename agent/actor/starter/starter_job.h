/* SPDX-License-Identifier: Apache-2.0 */
/* One program from its start to the end of all that it started, within its limits. */
#pragma once

#include "agent/actor/starter/starter.h"

struct starter_program {
	const char *path;
	char *const *arguments; /* the first is its name; NULL ends them */
	uint32_t time_s;
	uint32_t memory;    /* bytes of its address space */
	uint32_t output;    /* bytes that it may write */
	bool service;	    /* the start script of one: what it starts goes on, and memory and output are its own */
	const char *secret; /* what it gets on standard input, as one line; then nothing that it writes is told. NULL:
			       none */
};

/* Close all descriptors above this one. */
void starter_job_close_above(int fd);

/*
 * Run it and wait until it ends, or end it: when its time is over, when it wrote more than it may, or when the other
 * end of the socket is closed. What it started is ended with it, whatever session it went to; of a
 * service only the session of its script, and only when its time is over. Fills err, begun and text. The calling
 * process waits for its children here, becomes their reaper, and should end behind that.
 */
void starter_job(int socket, const struct starter_program *p, struct starter_result *out);
