/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A playbook that is bound to incidents, on its way to devices: an object of its own name. What `playbook sign` writes
 * of one is JSON with the object's statement and its bytes, in base64, the signatures, how many are needed, and whom it
 * is for; the statement and the bytes are what counts: they are decoded and shown before anybody signs.
 */
#pragma once

#include "proto/object.h"
#include "proto/playbook.h"
#include "server-stub/cli/object_bytes.h"

#include <jansson.h>

#include <stdio.h>

struct playbook_bound {
	size_t len;
	uint8_t statement[OBJECT_STATEMENT_MAX]; /* that is signed */
	struct object object;
	size_t bytes_len;
	char bytes[PLAYBOOK_BYTES_MAX];
	struct playbook playbook;
};

/* Whether a file of `playbook sign` is about one that is bound. */
bool playbook_bound_is(json_t *file);

/* Read it. False: `why` is a sentence. */
bool playbook_bound_decode(json_t *file, struct playbook_bound *out, char why[PLAYBOOK_WHY_MAX]);

/* Print what was signed, and for how long. */
void playbook_bound_say(const struct playbook_bound *b, FILE *out);

/*
 * The playbook from now on, signed with the keys of the offer, whose targets it has: what `playbook sign` writes. The
 * caller gives it to json_decref. NULL after a message; *status is then an exit status.
 */
json_t *playbook_bound_sign(struct rest *r, struct playbook *p, const struct object_bytes_offer *aim, int *status);

/*
 * Have the service send it: one that the service signs, where the offer has no keys. *answer is the object, which the
 * caller gives to json_decref. Returns an exit status.
 */
int playbook_bound_push(struct rest *r, struct playbook *p, const struct object_bytes_offer *aim, json_t **answer);

/* The same of what `playbook sign` wrote. */
int playbook_bound_push_signed(struct rest *r, json_t *file, json_t **answer);

/* The bytes from which on devices run the playbook of that name no more. */
int playbook_bound_withdraw(struct rest *r, const struct object_bytes_offer *aim, json_t **answer);
