/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bans that a service offers to a whole group because several of its devices banned the address (ORIGIN_IMMUNITY).
 * Nobody signs an offer; the delegation that operators signed says what may come so (proto/delegation.h), and without
 * one nothing may. Rails and never_ban are above it.
 */
#pragma once

#include "agent/actor/verb/act.h"
#include "agent/base/err.h"
#include "agent/common/message.h"
#include "proto/delegation.h"

#include <stdbool.h>
#include <stdint.h>

struct actor;
struct object;
struct objects_given;

struct immunity {
	struct delegation delegation; /* most 0: none is in force */
	int64_t stamp[2];	      /* the trust bundle by which that was found (mandate.h) */
};

/*
 * Read the delegation that this device keeps, at start, after the trust bundle. One whose signatures are not trusted
 * (any more) is not in force; health says why.
 */
void immunity_open(struct actor *a);

/* Look again when it was judged by another trust bundle than the one of now. */
void immunity_recheck(struct actor *a);

/* Whether one is in force, by its signatures: without, what is offered is dropped unheard. It may have expired. */
bool immunity_is_delegated(const struct actor *a);

/* Whether one that was fetched may be kept, and then who signed it is. `why` is a sentence where it may not. */
ERR_CHECK enum err immunity_judge(struct actor *a, const struct objects_given *given, char why[MESSAGE_TEXT_MAX]);

/* It is in place, and in force from now on. Bans that are in force stay until their time is over. */
void immunity_arrived(struct actor *a, const struct object *object);

/*
 * Whether an offered ban is within the delegation; its duration is cut to it. On an error `why` is the phrase that ends
 * a receipt's text. ERR_DENIED, ERR_EXPIRED, ERR_BUDGET. The caller has checked the arguments (verb_args_check).
 */
ERR_CHECK enum err immunity_allows(struct actor *a, struct act_request *q, char why[DELEGATION_WHY_MAX]);
