/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decides whether a signed order (proto/order.h) binds this device now, by its form, the clock, its targets, the
 * signatures of trusted keys, and whether it was carried out before. The core only carries orders; it cannot make one.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/common/message.h"
#include "agent/common/trust.h"
#include "proto/order.h"

#include <stdbool.h>
#include <stdint.h>

#define MANDATE_SEEN_MAX 1024 /* orders remembered until their window ends; when full, new ones are refused */
#define MANDATE_WHY_MAX ORDER_WHY_MAX

struct mandate {
	uint8_t signatures_min; /* distinct ones that every order needs, whatever its verbs say; 0 counts as 1 */
	struct trust trust;
	enum err trust_state;	/* ERR_NOT_FOUND: not enrolled */
	int64_t trust_stamp[2]; /* when the bundle's files were last changed; see mandate_refresh */
	unsigned seen_count;
	struct {
		uint8_t id[MESSAGE_ID];
		int64_t until_s; /* wall time */
	} seen[MANDATE_SEEN_MAX];
};

struct mandate_verdict {
	struct order order;
	char why[MANDATE_WHY_MAX];
};

/* Read the trust bundle again if its directory or one of its files has changed since. Sets trust_state. Not pure. */
void mandate_refresh(struct mandate *m, const char *trust_dir);

/* Bytes with the signatures that came with them; all borrowed. */
struct mandate_signed {
	const void *bytes;
	size_t len;
	const struct actor_signature *signatures;
	unsigned count;
	uint64_t verbs, kinds; /* sets, as in proto/bundle.h: what a signer has to be allowed to sign, all of it */
};

/*
 * Whether at least `needed` different order keys of the trust bundle signed these bytes, each of which may
 * sign such. Pure. ERR_UNTRUSTED (no trust, or no key of it), ERR_DENIED (one of it that may not), ERR_SIGNATURE; `why`
 * is then a sentence.
 */
ERR_CHECK enum err mandate_signatures(const struct mandate *m, const struct mandate_signed *s, unsigned needed,
				      char why[MANDATE_WHY_MAX]);

/*
 * How many signatures what asks for these verbs needs: `least`, or more where the settings or the trust bundle say so.
 * None of them makes it fewer. Pure.
 */
unsigned mandate_needed(const struct mandate *m, uint64_t verbs, unsigned least);

/*
 * Check an order in everything but whether its verbs are allowed. Pure. out->order is what was decoded; after most
 * refusals it has at least the id, so that the receipt can name it. On an error out->why says what is wrong.
 */
ERR_CHECK enum err mandate_check(const struct mandate *m, const struct actor_order *message, int64_t wall_s,
				 struct mandate_verdict *out);

/*
 * Remember an order that is carried out, so that it is not carried out twice. If MANDATE_SEEN_MAX are remembered, it
 * takes the place of the one whose window ended first, if that was a day ago by the clock; else ERR_FULL.
 */
ERR_CHECK enum err mandate_remember(struct mandate *m, const uint8_t id[MESSAGE_ID], int64_t until_s, int64_t wall_s);

/* Remember an order from the journal. If MANDATE_SEEN_MAX are remembered, those stay whose windows end last. */
void mandate_recall(struct mandate *m, const uint8_t id[MESSAGE_ID], int64_t until_s);

/* Forget an order that was not taken after all, so that it can be sent again. */
void mandate_forget(struct mandate *m, const uint8_t id[MESSAGE_ID]);

/* Whether an order is remembered. */
bool mandate_seen(const struct mandate *m, const uint8_t id[MESSAGE_ID]);

/* Whether an order that was taken may still come again: its window did not end more than a day ago. */
bool mandate_may_return(const struct mandate *m, const uint8_t id[MESSAGE_ID], int64_t wall_s);
