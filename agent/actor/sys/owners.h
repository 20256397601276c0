/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core's questions whose a socket is. One walk over /proc answers all that wait; it looks at the processes of the
 * users that made the sockets first, at all others only when it must, and at no more than OWNERS_LOOKS_A_SECOND
 * processes and descriptors a second, whatever is asked; to read the process that was found counts as ten. What was
 * found is tried first the next time.
 */
#pragma once

#include "agent/actor/sys/owner.h"
#include "agent/base/budget.h"
#include "agent/base/now.h"
#include "agent/common/message.h"

#include <stdbool.h>
#include <stdint.h>

#define OWNERS_MAX 32u /* questions that wait; more are answered ERR_BUSY. As many as a core asks at once */
#define OWNERS_KNOWN 64u
#define OWNERS_LOOKS_A_SECOND 4000u
#define OWNERS_WAIT_US (2 * SECOND_US) /* then a question is answered ERR_BUSY */

enum owners_state {
	OWNERS_FREE,
	OWNERS_NEW,    /* what was found before is to be tried */
	OWNERS_WAITS,  /* for the next walk */
	OWNERS_WALKED, /* the walk that is under way has it from its begin */
	OWNERS_OVER,   /* nobody has it */
};

struct owners_question {
	uint64_t request;
	uint32_t inode, uid;
	int64_t until_us;
	uint8_t state; /* enum owners_state */
};

/* Begins as zeros. */
struct owners {
	int proc;    /* -1: cannot be opened */
	bool opened; /* proc was tried */
	bool walking;
	bool others; /* the walk is the one over the users that did not make the sockets */
	struct owner_walk walk;
	struct budget looks;
	struct owners_question asked[OWNERS_MAX];
	struct owner_found known[OWNERS_KNOWN];
	unsigned known_next;
};

/* Ask. ERR_PROTOCOL: no socket has that number. ERR_BUSY: as many as may wait do already; *out is the answer to that.
 */
ERR_CHECK enum err owners_ask(struct owners *o, const struct actor_owner *question, int64_t now_us,
			      struct actor_owner_answer *out);

/* Take one small step. True: *out is the answer to a question. */
bool owners_step(struct owners *o, int64_t now_us, struct actor_owner_answer *out);

/* When there is a step to take, CLOCK_BOOTTIME; INT64_MAX: nothing is asked. */
int64_t owners_next_us(const struct owners *o, int64_t now_us);

/* Forget all questions: who asked is gone. */
void owners_forget(struct owners *o);
