/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The playbooks that are bound to incidents and that this device keeps: objects of their kind, by their own names. One
 * is taken only with as many signatures as its strongest verb needs, each by a key that may sign every verb of it and
 * such objects, only before it expires, and never an older version than one before it. Who signed it is kept beside it
 * (object_seal.h) and looked at again when the trust bundle changes: a key that is revoked takes along what it
 * signed.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/message.h"
#include "proto/playbook.h"

#include <stdbool.h>
#include <stdint.h>

#define PLAYBOOKS_MAX 16 /* on one device; one more is refused */

struct actor;
struct objects_given;

/* What is known of one without reading it. */
struct playbooks_row {
	char name[OBJECT_NAME_MAX]; /* empty: a free place */
	enum err state;		    /* ERR_OK: it may run */
	int64_t stamp[2];	    /* the trust bundle by which that was found (mandate.h) */
	int64_t until_s;	    /* wall time */
	uint8_t level;		    /* enum severity, at least; 0: any */
	bool listed;		    /* only for incidents that one of the words below is of */
	bool doubts;		    /* it has steps that need a witness of what log files say */
	unsigned word_count;	    /* hashes of its rules and tags: what is not among them, it is not for */
	uint64_t words[PLAYBOOK_RULES_MAX + PLAYBOOK_TAGS_MAX];
};

struct playbooks {
	struct playbooks_row rows[PLAYBOOKS_MAX];
};

/* Whether an object that was fetched may be kept, and then who signed it is. `why` is a sentence where it may not. */
ERR_CHECK enum err playbooks_judge(struct actor *a, const struct objects_given *given, char why[MESSAGE_TEXT_MAX]);

/* It is in place. */
void playbooks_arrived(struct actor *a, const struct object *object);

/* Read all that the device keeps, once, at start, after the trust bundle. */
void playbooks_open(struct actor *a);

/* Look again at those that were judged by another trust bundle than the one of now. */
void playbooks_recheck(struct actor *a);

/*
 * Read one into *out, verified under the trust bundle of now and not expired. ERR_EXPIRED, ERR_SIGNATURE and the like:
 * it does not run; health says why.
 */
ERR_CHECK enum err playbooks_read(struct actor *a, struct playbooks_row *row, struct playbook *out);
