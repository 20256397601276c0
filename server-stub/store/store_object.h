/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects in the store (proto/object.h): those that operators made for devices, with the devices that are to get them,
 * and those that devices sent. The bytes are kept in pieces as they came, each in the transaction that says so, so that
 * a transfer goes on behind what is durable. Errors and transactions are those of store.h.
 */
#pragma once

#include "proto/object_message.h"
#include "server-stub/store/registry.h"
#include "server-stub/store/store.h"

enum store_object_state {
	STORE_OBJECT_PART = 1,	/* bytes are missing */
	STORE_OBJECT_WHOLE = 2, /* all are there, and have the hash of the statement */
};

struct store_object {
	uint8_t device[STORE_ID]; /* who sent it; zero: an operator */
	uint8_t id[STORE_ID];
	uint8_t state;	     /* enum store_object_state */
	uint64_t size, have; /* bytes in all, and bytes that are here */
	int64_t created_us;  /* when the service first heard of it */
	uint16_t statement_len;
	uint8_t statement[OBJECT_STATEMENT_MAX];
	unsigned signature_count;
	struct object_signature signatures[OBJECT_MESSAGE_SIGNATURES_MAX];
};

/* A device that is to get an object. `state` is an enum registry_target_state: PENDING, SENT, DONE or REFUSED. */
struct store_object_target {
	uint8_t object[STORE_ID], device[STORE_ID];
	uint8_t state;
	int64_t updated_us;
	char text[STORE_TEXT_MAX]; /* what the device said */
};

/* Which object: its sender (NULL: an operator) and its id. */
struct store_object_key {
	const uint8_t *device, *id;
};

/* Insert an object without bytes, or replace `state` and the signatures of the one that is there. */
ERR_CHECK enum err store_object_put(struct store *s, const struct store_object *o);
ERR_CHECK enum err store_object_get(struct store *s, struct store_object_key key, struct store_object *out);

/* Remove an object with its bytes and targets. It need not exist. */
ERR_CHECK enum err store_object_remove(struct store *s, struct store_object_key key);

/* Append bytes behind o->have, and change o->have. ERR_TOO_LONG: they are more than are missing. */
ERR_CHECK enum err store_object_append(struct store *s, struct store_object *o, struct str bytes);

/* Copy at most `cap` bytes from the offset on. *got is less at the end of what is here. */
struct store_object_read {
	struct store_object_key key;
	uint64_t offset;
	void *out;
	size_t cap;
};
ERR_CHECK enum err store_object_read(struct store *s, const struct store_object_read *r, size_t *got);

/* Whether all bytes of an object are here, and have the hash of its statement. It reads all of them. */
ERR_CHECK enum err store_object_verify(struct store *s, const struct store_object *o, bool *good);

/* List at most `max` objects, the newest first, behind the rowid `before` (0: from the newest). */
struct store_object_query {
	const uint8_t *device; /* only what this one sent; NULL: all */
	uint64_t before;
	unsigned max;
	bool (*each)(void *arg, uint64_t rowid, const struct store_object *o);
	void *arg;
};
ERR_CHECK enum err store_object_list(struct store *s, const struct store_object_query *q);

/* The sum of the sizes of what a device sent, whether it is whole or not. */
ERR_CHECK enum err store_object_used(struct store *s, const uint8_t device[STORE_ID], uint64_t *bytes);

ERR_CHECK enum err store_object_target_put(struct store *s, const struct store_object_target *t);
/* ERR_NOT_FOUND: that device is not to get it. */
ERR_CHECK enum err store_object_target_get(struct store *s, const uint8_t id[STORE_ID], const uint8_t device[STORE_ID],
					   struct store_object_target *out);
ERR_CHECK enum err store_object_target_list(struct store *s, const uint8_t id[STORE_ID],
					    bool (*each)(void *arg, const struct store_object_target *t), void *arg);

/* The oldest whole object that the device has still to get. ERR_NOT_FOUND: there is none. */
ERR_CHECK enum err store_object_waiting(struct store *s, const uint8_t device[STORE_ID], struct store_object *out);

/* Remove what devices sent, and what operators began and did not finish, before this time. */
ERR_CHECK enum err store_object_retain(struct store *s, int64_t before_us, unsigned *removed);

/* The functions of one kind of store; its row (kind.h) names them. */
struct store_object_kind {
	enum err (*put)(struct store *s, const struct store_object *o);
	enum err (*get)(struct store *s, struct store_object_key key, struct store_object *out);
	enum err (*remove)(struct store *s, struct store_object_key key);
	enum err (*append)(struct store *s, struct store_object *o, struct str bytes);
	enum err (*read)(struct store *s, const struct store_object_read *r, size_t *got);
	enum err (*list)(struct store *s, const struct store_object_query *q);
	enum err (*used)(struct store *s, const uint8_t *device, uint64_t *bytes);
	enum err (*target_put)(struct store *s, const struct store_object_target *t);
	enum err (*target_get)(struct store *s, const uint8_t *id, const uint8_t *device,
			       struct store_object_target *out);
	enum err (*target_list)(struct store *s, const uint8_t *id,
				bool (*each)(void *arg, const struct store_object_target *t), void *arg);
	enum err (*waiting)(struct store *s, const uint8_t *device, struct store_object *out);
	enum err (*retain)(struct store *s, int64_t before_us, unsigned *removed);
};
