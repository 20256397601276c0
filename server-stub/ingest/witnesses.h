/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices have seen one thing within a window of time, for many things. Pure. A bounded table in memory, whose
 * changes go to a keeper, who can give them back after a start: when more things come than it has room for, those that
 * the fewest and then the earliest devices saw go first. A device is one witness, however often it tells.
 */
#pragma once

#include "agent/base/buf.h"
#include "agent/base/hash.h"
#include "server-stub/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WITNESSES_MAX 8
#define WITNESSES_NAME 32 /* bytes that name a thing */

struct witnesses_terms {
	unsigned least;	   /* devices that are many, 2 to WITNESSES_MAX */
	int64_t window_us; /* within which they see it */
	int64_t again_us;  /* it is said again after that; INT64_MAX: not while any of them is in the window */
};

struct witnesses;

struct witnesses_sight {
	uint8_t device[STORE_ID];
	int64_t at_us;
};

/* Those that saw the thing last, the latest of them last. */
struct witnesses_found {
	unsigned count;
	struct witnesses_sight seen[WITNESSES_MAX];
};

/* A thing that was seen. */
struct witnesses_thing {
	uint8_t name[WITNESSES_NAME];
	int64_t said_us; /* 0: not yet */
	struct witnesses_found found;
};

/* Who keeps the table; both may be NULL. */
struct witnesses_keeper {
	void *context;
	void (*put)(void *context, const struct witnesses_thing *thing); /* it is new, or changed */
	void (*remove)(void *context, const uint8_t name[WITNESSES_NAME]);
};

/* Bytes of memory for witnesses_init(), zero before it. */
size_t witnesses_size(void);

/* Begin with nothing seen. The key is random: devices choose names. */
struct witnesses *witnesses_init(void *memory, struct hash_key key, const struct witnesses_terms *terms);

/* Take back a thing as it was kept, before there is a keeper. What the terms of today make too old stays out. */
void witnesses_restore(struct witnesses *w, const struct witnesses_thing *thing, int64_t now_us);

/* From now on tell the keeper of changes. */
void witnesses_keep(struct witnesses *w, const struct witnesses_keeper *keeper);

/* Take note that a device saw the thing. True: with it, as many devices did as the terms say, *out. */
bool witnesses_saw(struct witnesses *w, const uint8_t name[WITNESSES_NAME], const struct witnesses_sight *sight,
		   struct witnesses_found *out);

/* Write who they are: " ID, ID, ID", the last three, and how many more there were. */
void witnesses_put(struct buf *out, const struct witnesses_found *found);
