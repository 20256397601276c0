/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log lines of late that told of an attempt, so that an incident can quote those that came before it opened. A
 * ring of bytes: the oldest lines give way, of any src.
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

/* `bytes` at least EVIDENCE_LINE_MAX. */
void evidence_init(struct evidence *e, void *memory, uint32_t bytes);

/* Keep a line (its first EVIDENCE_LINE_MAX bytes) of a src's. */
void evidence_add(struct evidence *e, uint64_t group, struct str line);

/* The latest lines of a src that are still there. */
void evidence_quote(const struct evidence *e, uint64_t group, struct evidence_quote *out);
