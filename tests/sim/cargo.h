/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book of objects: which ones are to go down and up, their bytes, and what became of them. An object's bytes follow
 * from its place in the book, so nobody keeps them. It is kept outside of the code under test. At the end all that went
 * into it must have arrived whole, and must have been resumed after cuts and not begun again.
 */
#pragma once

#include "agent/base/str.h"
#include "proto/object.h"
#include "tests/sim/net.h"
#include "tests/sim/world.h"

#include <stdbool.h>
#include <stdint.h>

#define CARGO_MAX 16  /* objects of a run, both ways */
#define CARGO_NAMES 2 /* of objects for the device: each has versions */
#define CARGO_BYTES_MAX (1u << 20)

struct cargo {
	enum object_way way;
	struct object object;
	uint8_t id[OBJECT_ID];
	uint8_t statement[OBJECT_STATEMENT_MAX];
	size_t statement_len;
	bool gone;			 /* a newer version took its place before it arrived */
	bool arrived;			 /* whole, at its receiver */
	uint64_t moved;			 /* bytes of its pieces that were sent */
	uint64_t excused;		 /* bytes that had to be sent again, because of more than a broken link */
	uint64_t connections[2];	 /* of the network, when it was made and when it arrived */
	unsigned power_cuts, disk_fulls; /* as the world counts them, when it was made */
};

void cargo_begin(struct world *w, const struct net *n);

/* Write down the next object to go this way. NULL: there were as many as the scenario wants. */
const struct cargo *cargo_make(enum object_way way);

/* The object with this identifier; the run fails when there is none. */
const struct cargo *cargo_of(const uint8_t id[OBJECT_ID]);

/* Write its bytes, object.size of them, and whether these are its bytes. */
void cargo_bytes(const struct cargo *c, uint8_t *out);
bool cargo_is(const struct cargo *c, struct str bytes);

/* Whether they are those of some version of the object of that name for the device. */
bool cargo_is_some(const char *name, struct str bytes);

/* A piece of it was sent. The receiver has it whole. It must be sent again in part for no fault of the code. */
void cargo_moved(const uint8_t id[OBJECT_ID], size_t bytes);
void cargo_arrived(const uint8_t id[OBJECT_ID]);
void cargo_excuse(const uint8_t id[OBJECT_ID]);

/* Against what is known at the end. */
void cargo_check(void);

/* Over all runs: objects that arrived, and the most links that broke under one of at least a megabyte. */
struct cargo_totals {
	uint64_t arrived[2]; /* down, up */
	uint64_t most_cuts[2];
};
const struct cargo_totals *cargo_totals(void);
