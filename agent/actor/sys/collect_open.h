/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that collects: caltropd's own program, started anew with nothing of caltropd's memory or descriptors but
 * those below. It becomes the guard's user, keeps the right to read what is others', and ends when it has written the
 * bundle (agent/actor/triage/triage_main.h). There is one at a time.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "proto/object.h"
#include "proto/verb.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define COLLECT_MODE "--collect" /* caltropd's first argument */
#define COLLECT_WHY_MAX 96
#define COLLECT_KIND "triage" /* of objects (proto/object.h) */

/* What that process finds open. */
enum collect_fd {
	COLLECT_FD_SETTINGS = 3, /* the settings as text */
	COLLECT_FD_ASK = 4,	 /* a pipe with a struct collect_ask */
	COLLECT_FD_OUT = 5,	 /* the new file, empty */
	COLLECT_FD_ANSWER = 6,	 /* a pipe to which it writes a struct collect_answer at its end */
	COLLECT_FD_END = 7,
};

struct collect_ask {
	uid_t uid; /* as whom it collects */
	gid_t gid;
	uint32_t bytes_max; /* of the object */
	int64_t wall_s;
	struct key_der escrow;	    /* to whom it is sealed; len 0: to nobody */
	char name[OBJECT_NAME_MAX]; /* of the object */
	char path[VERB_PATH_MAX];   /* a file that is to be in it, absolute; empty: none */
};

struct collect_answer {
	uint8_t err; /* enum err; ERR_OK: the file is whole and on the disk */
	char why[COLLECT_WHY_MAX];
};

/* Whether one is under way. One that is for far longer than it may be is ended. */
bool collect_open_busy(void);

/*
 * Start it under the settings in this file, to write to `out`; both are borrowed. *round is its number. ERR_BUSY: one
 * is under way. Errors of pipe(2) and fork(2).
 */
ERR_CHECK enum err collect_open_start(const struct collect_ask *ask, int settings, int out, uint32_t *round);

/* The descriptor that can be read when it has ended; -1: none is under way. collect_open_ready() then takes note. */
int collect_open_fd(void);
void collect_open_ready(void);

/*
 * What came of a round. ERR_BUSY: it is not over. ERR_NOT_FOUND: another one was over since. ERR_INTERRUPTED: it did
 * not come to its end. Else the answer's, whose `why` may be empty.
 */
ERR_CHECK enum err collect_open_result(uint32_t round, char why[COLLECT_WHY_MAX]);
