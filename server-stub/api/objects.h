/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects (proto/object.h): those that operators make for devices, and those that devices send. Their bytes go in and
 * out in pieces, because a request and an answer are bounded; every piece that is read is in the audit log.
 */
#pragma once

#include "server-stub/api/call.h"
#include "server-stub/store/store_object.h"

#define OBJECTS_PIECE_READ 262144 /* bytes of one answer */

void objects_list(struct call *call);	/* GET ?device= limit= after= */
void objects_show(struct call *call);	/* GET */
void objects_bytes(struct call *call);	/* GET ?offset= */
void objects_remove(struct call *call); /* DELETE */
void objects_make(struct call *call);	/* POST; objects_make.c */
void objects_add(struct call *call);	/* POST the next bytes; objects_make.c */

/* The object that the path names, by id or its first digits. False after an error answer. */
bool objects_find(struct call *call, struct store_object *out);

/* Answer with an object and the devices that are to get it. */
void objects_reply(struct call *call, unsigned status, const struct store_object *o);
