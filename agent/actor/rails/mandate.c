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

static const struct key_der *find_key(const struct trust *trust, const uint8_t id[KEY_ID])
{
	uint8_t own[KEY_ID];

	for (unsigned i = 0; i < trust->order_key_count; i++) {
		key_id(&trust->order_keys[i], own);
		if (memcmp(own, id, KEY_ID) == 0)
			return &trust->order_keys[i];
	}
	return NULL;
}

static enum err check_trust(const struct mandate *m, char why[MANDATE_WHY_MAX])
{
	if (m->trust_state == ERR_OK)
		return ERR_OK;
	return no(why, ERR_UNTRUSTED,
		  m->trust_state == ERR_NOT_FOUND ? "this device is not enrolled, so it trusts nobody's orders"
						  : "the trust bundle of this device cannot be read");
}

enum err mandate_signatures(const struct mandate *m, const struct mandate_signed *s, unsigned needed,
			    char why[MANDATE_WHY_MAX])
{
	const struct key_der *counted[MESSAGE_SIGNATURES_MAX];
	unsigned distinct = 0;
	enum err err = check_trust(m, why);

	if (err != ERR_OK)
		return err;
	for (unsigned i = 0; i < s->count && i < MESSAGE_SIGNATURES_MAX; i++) {
		const struct key_der *key = find_key(&m->trust, s->signatures[i].key_id);
		bool twice = false;

		for (unsigned k = 0; k < distinct; k++)
			twice = twice || counted[k] == key;
		if (!key || twice)
			continue;
		if (key_verify(key, s->bytes, s->len, s->signatures[i].bytes, s->signatures[i].len) != ERR_OK)
			return no(why, ERR_SIGNATURE, "a signature does not verify");
		counted[distinct++] = key;
	}
	if (distinct == 0)
		return no(why, ERR_UNTRUSTED, "no signature is by a key that this device trusts");
	if (distinct < needed) {
		snprintf(why, MANDATE_WHY_MAX, "%u signatures of different keys are needed, %u are there", needed,
			 distinct);
		return ERR_SIGNATURE;
	}
	return ERR_OK;
}

static unsigned signatures_needed(const struct mandate *m, const struct order *order)
{
	unsigned needed = order_signatures(order);

	return m->signatures_min > needed ? m->signatures_min : needed;
}

static enum err check_binding(const struct mandate *m, const struct actor_order *message, int64_t wall_s,
			      struct mandate_verdict *v)
{
	const struct mandate_signed given = {message->order, message->order_len, message->signatures,
					     message->signature_count};
	enum err err = check_trust(m, v->why);

	if (err != ERR_OK)
		return err;
	if (!order_targets(&v->order, m->trust.device_id, m->trust.group))
		return no(v->why, ERR_WRONG_TARGET, "the order is for another device");
	err = mandate_signatures(m, &given, signatures_needed(m, &v->order), v->why);
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
