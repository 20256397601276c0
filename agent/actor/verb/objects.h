/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The objects that the service offers to this device (proto/object.h): who must have signed one before it is fetched,
 * and before it becomes the object that programs read. The core fetches; it can neither make an object nor bring back
 * an older one. Objects lie in STATE_DIR/objects by kind and name (object_file.h), and nowhere else. One row per kind,
 * in objects.c, says what is done when one has arrived.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/message.h"
#include "proto/object.h"

#include <stdbool.h>

#define OBJECTS_PACK "pack" /* the name of the one pack of rules that a device takes */

struct actor;
struct worker_result;

struct objects {
	int dir;      /* STATE_DIR/objects */
	bool busy;    /* the worker puts one in place */
	int from, to; /* its descriptors */
	struct object object;
	struct actor_object_answer answer; /* to it */
};

/* One that was fetched and is to be kept; all borrowed. */
struct objects_given {
	const struct actor_object *message;
	const struct object *object; /* its statement */
	int dir, from;		     /* of its kind; its bytes, as the core gathered them */
};

/* Answer a request of the core. ERR_PROTOCOL: no sane core sends it. The answer to `put` may follow later. */
ERR_CHECK enum err objects_request(struct actor *a, const struct actor_object *message);

/* The directory of the packs of rules that the service sent, which the core may read. -1: it is to read none. */
int objects_open_packs(const struct actor *a);

/* The worker has put an object in place, or has not. */
void objects_put_done(struct actor *a, const struct worker_result *result);
