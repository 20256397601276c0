/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sends objects to the service, one at a time, from a bounded spool: files "%016x.up" of the core's directory, each
 * with "CTU1" statement_len:u16 statement, and then the object's bytes. The name is from the object's identifier.
 * Whoever puts a file there writes it under another name, syncs it and renames it, and keeps all of them together below
 * [objects] size (agent/cli/send.h).
 *
 * The service fetches piece by piece, and says when the object is durable there; then the file is removed, as when the
 * service refuses it for good. A piece is sent only when no record waits (uplink.h). Pure: the disk is struct
 * spool_disk.
 */
#pragma once

#include "agent/base/now.h"
#include "agent/base/str.h"
#include "agent/spool/spool.h"
#include "proto/object_message.h"

#include <stdbool.h>
#include <stdint.h>

#define OBJECT_OUT_LATER_US (10 * MINUTE_US) /* after the service said OBJECT_LATER */

struct object_out_health {
	uint64_t kept, refused, damaged, bytes;
	uint64_t have, size; /* sent of the one under way; size 0: none */
	char problem[240];   /* why the last one was not kept; empty: it was, or there was none */
};

struct object_out {
	const struct spool_disk *disk;
	uint32_t rate; /* bytes per second */
	bool looked;   /* the disk has no more objects */
	bool loaded;   /* statement, id and name are those of an object */
	bool offered;  /* in this session */
	bool asked;    /* a piece is wanted, from `offset` on */
	char name[OBJECT_STAGED_MAX];
	uint8_t id[OBJECT_ID];
	uint8_t statement[OBJECT_STATEMENT_MAX];
	uint16_t statement_len;
	struct object object;
	uint64_t offset;
	int64_t next_us; /* when the next piece or offer may be sent */
	struct object_out_health health;
	uint8_t piece[OBJECT_MESSAGE_CHUNK_MAX];
};

/* Begin, and look for objects at the first take. `disk` must outlive it. */
void object_out_init(struct object_out *o, const struct spool_disk *disk, uint32_t rate);

/* Say that there may be a new file. */
void object_out_look(struct object_out *o);

/* A message of the service: FETCH or DONE. */
void object_out_message(struct object_out *o, const struct object_message *m, struct now now);

/* The session has ended: the object is offered anew in the next one. */
void object_out_unlinked(struct object_out *o);

/* Take a message for the service, which borrows from `o` until the next call. False: there is none now. */
bool object_out_take(struct object_out *o, struct now now, struct object_message *out);

/* When object_out_take() has something although nothing happened; INT64_MAX: not. */
int64_t object_out_deadline(const struct object_out *o);
