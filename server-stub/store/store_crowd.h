/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the service has seen in many devices together, and what it does about it: things that several of them saw,
 * addresses that groups are to ban now, and the silence of many. So a start of the service forgets none of it. Whoever
 * counts keeps what the log told in the transaction in which he was told.
 */
#pragma once

#include "server-stub/store/store.h"

#define STORE_CROWD_NAME 32
#define STORE_CROWD_SIGHTS 8
#define STORE_CROWD_ADDR 18 /* family, prefix and bytes of struct addr */
#define STORE_CROWD_OFFERS 256

struct store_crowd_sight {
	uint8_t device[STORE_ID];
	int64_t at_us;
};

/* One thing, and which devices saw it last, the latest of them last. */
struct store_crowd {
	uint8_t kind; /* which things it is one of, of the caller's choice */
	uint8_t name[STORE_CROWD_NAME];
	int64_t said_us;
	unsigned count;
	struct store_crowd_sight seen[STORE_CROWD_SIGHTS];
};

/* The caller bounds how many there are: what he has no room for he removes. */
ERR_CHECK enum err store_crowd_put(struct store *s, const struct store_crowd *c);
/* Remove one; one that is not there is none the less removed. */
ERR_CHECK enum err store_crowd_remove(struct store *s, uint8_t kind, const uint8_t name[STORE_CROWD_NAME]);
/* Remove those of a kind that nobody saw since then. */
ERR_CHECK enum err store_crowd_retain(struct store *s, uint8_t kind, int64_t since_us);
/* List all of a kind, in no order. `each` changes nothing in the store. */
ERR_CHECK enum err store_crowd_list(struct store *s, uint8_t kind, bool (*each)(void *arg, const struct store_crowd *c),
				    void *arg);

/* An address that the devices of a group are to ban. */
struct store_crowd_offer {
	char group[STORE_NAME_MAX];
	uint8_t addr[STORE_CROWD_ADDR];
	int64_t until_us; /* wall time */
};

/* Keep one; one of the same group and address goes, and so does the oldest of more than STORE_CROWD_OFFERS. */
ERR_CHECK enum err store_crowd_offer_put(struct store *s, const struct store_crowd_offer *o);
/* List those that are not over, the oldest first. */
ERR_CHECK enum err store_crowd_offer_list(struct store *s, int64_t wall_us,
					  bool (*each)(void *arg, const struct store_crowd_offer *o), void *arg);

/* Many devices that fell silent at a time (ingest/hush.h). */
struct store_crowd_hush {
	uint8_t device[STORE_ID];   /* of which it is told */
	int64_t since_us, until_us; /* they were last seen then; since_us 0: none are */
	int64_t most;
};
/* There is one. *out is zero while none was kept. */
ERR_CHECK enum err store_crowd_hush_put(struct store *s, const struct store_crowd_hush *h);
ERR_CHECK enum err store_crowd_hush_get(struct store *s, struct store_crowd_hush *out);
