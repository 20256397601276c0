/* SPDX-License-Identifier: Apache-2.0 */
/* Checks a signed order. Cheap tests first; a signature costs a millisecond and is looked at last. Pure. */
#include "agent/actor/rails/mandate.h"

#include "agent/base/key.h"

#include <stdio.h>
#include <string.h>

/* No order was made before this program: a clock that says so was never set. 2024-01-01. */
#define CLOCK_EARLIEST_S INT64_C(1704067200)
#define DAY_S 86400

static enum err no(char why[MANDATE_WHY_MAX], enum err err, const char *text)
{
	snprintf(why, MANDATE_WHY_MAX, "%s", text);
	return err;
}

static enum err check_window(const struct order *order, int64_t wall_s, char why[MANDATE_WHY_MAX])
{
	enum err err = order_window(order, wall_s);

	if (wall_s < CLOCK_EARLIEST_S)
		return no(why, ERR_NOT_YET, "the clock of this device is not set: no window can be judged");
	if (err == ERR_NOT_YET)
		snprintf(why, MANDATE_WHY_MAX, "the order is not valid for another %lld s",
			 (long long)(order->not_before_s - wall_s));
	else if (err == ERR_EXPIRED)
		snprintf(why, MANDATE_WHY_MAX, "the order ended %lld s ago", (long long)(wall_s - order->not_after_s));
	else if (err != ERR_OK)
		return no(why, err, "the order's window is no window");
	return err;
}

unsigned mandate_needed(const struct mandate *m, uint64_t verbs, unsigned least)
{
	return bundle_needed(m->trust.rules, m->trust.rule_count, verbs,
			     m->signatures_min > least ? m->signatures_min : least);
}

/* The place of the trusted key with that identifier; -1: it is none of them. */
static int find_key(const struct trust *trust, const uint8_t id[KEY_ID])
{
	uint8_t own[KEY_ID];

	for (unsigned i = 0; i < trust->order_key_count; i++) {
		key_id(&trust->order_keys[i], own);
		if (memcmp(own, id, KEY_ID) == 0)
			return (int)i;
	}
	return -1;
}

static enum err check_trust(const struct mandate *m, char why[MANDATE_WHY_MAX])
{
	if (m->trust_state == ERR_OK)
		return ERR_OK;
	return no(why, ERR_UNTRUSTED,
		  m->trust_state == ERR_NOT_FOUND ? "this device is not enrolled, so it trusts nobody's orders"
						  : "the trust bundle of this device cannot be read");
}

/* Whom signatures are by, and what kept others from counting. */
struct tally {
	unsigned distinct;
	bool outside;	  /* one of them is of a key that no browser keeps */
	uint32_t counted; /* bit n: by key n */
	int barred;	  /* a key whose signature is good, and which may not sign this; -1: none */
};

static enum err count_signatures(const struct trust *trust, const struct mandate_signed *s, struct tally *t)
{
	for (unsigned i = 0; i < s->count && i < MESSAGE_SIGNATURES_MAX; i++) {
		int key = find_key(trust, s->signatures[i].key_id);

		if (key < 0 || t->counted >> key & 1)
			continue;
		if (key_verify(&trust->order_keys[key], s->bytes, s->len, s->signatures[i].bytes,
			       s->signatures[i].len) != ERR_OK)
			return ERR_SIGNATURE;
		t->counted |= 1u << key;
		if ((trust->order_verbs[key] & s->verbs) == s->verbs &&
		    (trust->order_kinds[key] & s->kinds) == s->kinds) {
			t->distinct++;
			t->outside = t->outside || !(trust->order_in_browser >> key & 1);
		} else {
			t->barred = key;
		}
	}
	return ERR_OK;
}

static enum err say_barred(const struct trust *trust, int key, const struct mandate_signed *s,
			   char why[MANDATE_WHY_MAX])
{
	uint64_t missing = s->verbs & ~trust->order_verbs[key];
	uint16_t verb = VERB_NONE;

	while (missing && !(missing >> verb & 1))
		verb++;
	if (verb != VERB_NONE)
		snprintf(why, MANDATE_WHY_MAX, "the trust bundle does not let the key that signed it sign '%s'",
			 verb_name(verb));
	else
		snprintf(why, MANDATE_WHY_MAX,
			 "the trust bundle does not let the key that signed it sign such objects");
	return ERR_DENIED;
}

enum err mandate_signatures(const struct mandate *m, const struct mandate_signed *s, unsigned needed,
			    char why[MANDATE_WHY_MAX])
{
	struct tally t = {.barred = -1};
	enum err err = check_trust(m, why);

	if (err != ERR_OK)
		return err;
	if (count_signatures(&m->trust, s, &t) != ERR_OK)
		return no(why, ERR_SIGNATURE, "a signature does not verify");
	/* A service that was broken into can show one thing in all browsers and have another one signed. */
	if (t.distinct >= 2 && t.distinct >= needed && needed >= 2 && !t.outside)
		return no(why, ERR_SIGNATURE, "one of the signatures has to be by a key that no browser keeps");
	if (t.distinct > 0 && t.distinct >= needed)
		return ERR_OK;
	if (t.barred >= 0)
		return say_barred(&m->trust, t.barred, s, why);
	if (t.distinct == 0)
		return no(why, ERR_UNTRUSTED, "no signature is by a key that this device trusts");
	snprintf(why, MANDATE_WHY_MAX, "%u signatures of different keys are needed, %u are there", needed, t.distinct);
	return ERR_SIGNATURE;
}

static enum err check_binding(const struct mandate *m, const struct actor_order *message, int64_t wall_s,
			      struct mandate_verdict *v)
{
	const struct mandate_signed given = {message->order,	       message->order_len,     message->signatures,
					     message->signature_count, order_verbs(&v->order), 0};
	enum err err = check_trust(m, v->why);
	unsigned needed;

	if (err != ERR_OK)
		return err;
	if (!order_targets(&v->order, m->trust.device_id, m->trust.group))
		return no(v->why, ERR_WRONG_TARGET, "the order is for another device");
	needed = mandate_needed(m, v->order.dry_run ? 0 : given.verbs, order_signatures(&v->order));
	err = mandate_signatures(m, &given, needed, v->why);
	if (err == ERR_OK)
		err = check_window(&v->order, wall_s, v->why);
	return err;
}

enum err mandate_check(const struct mandate *m, const struct actor_order *message, int64_t wall_s,
		       struct mandate_verdict *out)
{
	enum err err;

	memset(out, 0, sizeof(*out));
	if (message->order_len > MESSAGE_ORDER_MAX)
		return no(out->why, ERR_TOO_LONG, "it is longer than an order can be");
	err = order_decode(message->order, message->order_len, &out->order, out->why);
	if (err != ERR_OK)
		return err;
	err = check_binding(m, message, wall_s, out);
	if (err != ERR_OK)
		return err;
	return mandate_seen(m, out->order.id) ? no(out->why, ERR_REPLAYED, "the order was taken before") : ERR_OK;
}

bool mandate_seen(const struct mandate *m, const uint8_t id[MESSAGE_ID])
{
	for (unsigned i = 0; i < m->seen_count; i++)
		if (memcmp(m->seen[i].id, id, MESSAGE_ID) == 0)
			return true;
	return false;
}

bool mandate_may_return(const struct mandate *m, const uint8_t id[MESSAGE_ID], int64_t wall_s)
{
	for (unsigned i = 0; i < m->seen_count; i++)
		if (memcmp(m->seen[i].id, id, MESSAGE_ID) == 0)
			return m->seen[i].until_s + DAY_S >= wall_s;
	return false;
}

/* The place of the one whose window ends first. Only when seen_count is not 0. */
static unsigned first_over(const struct mandate *m)
{
	unsigned first = 0;

	for (unsigned i = 1; i < m->seen_count; i++)
		if (m->seen[i].until_s < m->seen[first].until_s)
			first = i;
	return first;
}

static void put_seen(struct mandate *m, unsigned at, const uint8_t id[MESSAGE_ID], int64_t until_s)
{
	memcpy(m->seen[at].id, id, MESSAGE_ID);
	m->seen[at].until_s = until_s;
}

enum err mandate_remember(struct mandate *m, const uint8_t id[MESSAGE_ID], int64_t until_s, int64_t wall_s)
{
	unsigned at = m->seen_count;

	if (mandate_seen(m, id))
		return ERR_OK;
	/* One whose window is over cannot come again. But the clock may be wrong, so it goes only when its place is
	 * needed, and a day later. */
	if (at == MANDATE_SEEN_MAX) {
		at = first_over(m);
		if (m->seen[at].until_s + DAY_S >= wall_s)
			return ERR_FULL;
	} else {
		m->seen_count++;
	}
	put_seen(m, at, id, until_s);
	return ERR_OK;
}

void mandate_recall(struct mandate *m, const uint8_t id[MESSAGE_ID], int64_t until_s)
{
	unsigned at = m->seen_count;

	if (mandate_seen(m, id))
		return;
	if (at == MANDATE_SEEN_MAX) {
		at = first_over(m);
		if (m->seen[at].until_s >= until_s)
			return;
	} else {
		m->seen_count++;
	}
	put_seen(m, at, id, until_s);
}

void mandate_forget(struct mandate *m, const uint8_t id[MESSAGE_ID])
{
	for (unsigned i = 0; i < m->seen_count; i++)
		if (memcmp(m->seen[i].id, id, MESSAGE_ID) == 0)
			m->seen[i--] = m->seen[--m->seen_count];
}
