/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Samples of sockets whose owner the actor is asked for (ACTOR_OWNER). A sample waits for the answer, or was given
 * already and is given once more with its owner. Pure.
 */
#pragma once

#include "agent/base/lru.h"
#include "agent/base/now.h"
#include "agent/common/message.h"
#include "agent/common/socket_sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOCKET_ASK_MAX 32u		   /* questions at once, as many as the actor takes; more are not asked */
#define SOCKET_ASK_WAIT_US (8 * SECOND_US) /* the actor answers within 2 s */

struct socket_ask_row {
	uint64_t request; /* 0: free */
	int64_t until_us; /* then the answer was lost */
	bool given;	  /* the sensor has the sample already */
	struct socket_sample sample;
};

#define SOCKET_ASK_HEADS (4u * CONFIG_LISTENERS_MAX + 16u)
#define SOCKET_ASK_BYTES (SOCKET_ASK_HEADS + CONFIG_LISTENERS_MAX * 24u)

struct socket_ask {
	uint64_t last;			  /* the number of the last request */
	uint64_t found, unknown, unasked; /* answers; unasked: there was no room to ask, or to look */
	struct socket_ask_row rows[SOCKET_ASK_MAX];
	struct lru asked; /* cookies of sockets that were asked for: once is enough */
	uint64_t memory[SOCKET_ASK_BYTES / sizeof(uint64_t) + 1];
};

/* Begin with nothing asked. */
void socket_ask_init(struct socket_ask *a);

/* Whether it was asked already whose the socket of that cookie is. */
bool socket_ask_did(const struct socket_ask *a, uint64_t cookie);

/* Whether a sample of that socket waits and was not given yet. It is then of that look. */
bool socket_ask_holds(struct socket_ask *a, uint64_t cookie, uint32_t look);

/*
 * Keep a sample, all of the row but its request, and number the question for the actor, which is the caller's but for
 * that. False: too many wait, which was counted.
 */
bool socket_ask_put(struct socket_ask *a, const struct socket_ask_row *row, struct actor_owner *question);

/*
 * Take the sample that an answer is about, as it is to be given now, with its owner if that was found. 0: there is
 * none, or nothing new is known. Else its length.
 */
size_t socket_ask_answer(struct socket_ask *a, const struct actor_owner_answer *answer, char out[SOCKET_SAMPLE_MAX]);

/* Take a sample that waits and that nobody answers any more. False: there is none. */
bool socket_ask_late(struct socket_ask *a, int64_t now_us, struct socket_sample *out);

/* The socket of that cookie is gone. True: its sample waits, and is *out, to be given before the end. */
bool socket_ask_closed(struct socket_ask *a, uint64_t cookie, struct socket_sample *out);
