/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The latest log lines about attempts, so that an incident can quote lines from before it was opened. They lie in a
 * ring of bytes: a new line overwrites the oldest ones, whatever src they are about.
 */
#pragma once

#include "agent/base/str.h"

#include <stdint.h>

#define EVIDENCE_LINE_MAX 512u /* bytes kept of one line */
#define EVIDENCE_LINES 4u      /* quoted at most */
#define EVIDENCE_INDEX 128u    /* lines remembered at most */

struct evidence {
	char *ring;
	uint32_t bytes;
	uint32_t next; /* in index */
	uint64_t end;  /* bytes ever written */
	struct {
		uint64_t at; /* in bytes ever written */
		uint32_t group;
		uint32_t len; /* 0: unused */
	} index[EVIDENCE_INDEX];
};

/* Lines copied out, oldest first. */
struct evidence_quote {
	unsigned count;
	struct str lines[EVIDENCE_LINES];
	char text[EVIDENCE_LINES * EVIDENCE_LINE_MAX];
};

/* Begin empty; `memory` is the ring, at least EVIDENCE_LINE_MAX bytes, and must outlive the struct. */
void evidence_init(struct evidence *e, void *memory, uint32_t bytes);

/* Keep a copy of a line about a src, cut to EVIDENCE_LINE_MAX bytes. */
void evidence_add(struct evidence *e, uint64_t group, struct str line);

/* Copy out the latest lines about a src that were not overwritten yet, at most EVIDENCE_LINES. */
void evidence_quote(const struct evidence *e, uint64_t group, struct evidence_quote *out);
