/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What devices send in pieces (proto/object_message.h): each offer, piece and end is judged and stored, and says what
 * to answer. A device's objects together stay below a quota. Bytes are durable before the next piece is asked for, so
 * that a transfer goes on there after any break. The caller opens the transaction.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/object_message.h"
#include "server-stub/store/store_object.h"

#include <stdint.h>

struct upload {
	const uint8_t *device;
	const struct object_message *message; /* OFFER, CHUNK or DONE */
	uint64_t quota;			      /* bytes of all that the device may have here */
	int64_t wall_us;
};

struct upload_answer {
	struct object_message message;	    /* what 0: there is nothing to say */
	char text[OBJECT_MESSAGE_TEXT_MAX]; /* that its data points to */
};

struct upload_counts {
	uint64_t kept, refused, disorder, bytes;
};

/*
 * Carry out a message. What is wrong with it is said in the answer and counted; an error is the store's, and the
 * transaction is then to be rolled back.
 */
ERR_CHECK enum err upload_take(struct store *s, const struct upload *u, struct upload_counts *counts,
			       struct upload_answer *answer);
