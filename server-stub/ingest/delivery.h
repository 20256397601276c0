/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operators send to devices in pieces: which object a device is to get next, the piece that it asks for, and what
 * it says in the end. A device gets only objects that are meant for it.
 */
#pragma once

#include "agent/base/err.h"
#include "proto/object_message.h"
#include "server-stub/store/store_object.h"

#include <stdint.h>

struct delivery {
	struct object_message message; /* to send */
	struct store_object object;    /* what it borrows from */
	uint8_t piece[OBJECT_MESSAGE_CHUNK_MAX];
};

struct delivery_from {
	const uint8_t *device;
	int64_t wall_us;
};

/* Make the offer of the oldest object that the device has still to get. ERR_NOT_FOUND: there is none. */
ERR_CHECK enum err delivery_next(struct store *s, const uint8_t device[STORE_ID], struct delivery *out);

/*
 * Make the piece that the device asks for, or a DONE with OBJECT_GONE: there is no such object for it, or nothing at
 * that place. Errors are the store's.
 */
ERR_CHECK enum err delivery_piece(struct store *s, const uint8_t device[STORE_ID], const struct object_message *fetch,
				  struct delivery *out);

/*
 * The device's DONE. Inside of a transaction. *ours: it was about an object for the device. With OBJECT_LATER the
 * object still waits, and the reason is kept.
 */
ERR_CHECK enum err delivery_done(struct store *s, const struct delivery_from *from, const struct object_message *done,
				 bool *ours);
