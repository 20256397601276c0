/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of the memory store. */
#include "server-stub/store/memory.h"

#include "agent/base/require.h"

#include <string.h>

static struct memory *memory_of(struct store *s)
{
	return (struct memory *)s;
}

/* Records are counted where they are kept, and problems are a view. */
static void fill_in(struct store *s, struct registry_device *d)
{
	struct memory *m = memory_of(s);
	const struct views_health *health =
		memory_get(s, MEMORY_HEALTH, MEMORY_KEY(struct views_health, device, d->id));

	memset(d->problems, 0, sizeof(d->problems));
	if (health)
		memcpy(d->problems, health->problems, sizeof(d->problems));
	d->records = 0;
	for (size_t i = 0; i < memory_count(m, MEMORY_SPOOL); i++) {
		const struct memory_spool *p = memory_row(m, MEMORY_SPOOL, i);

		if (p && memcmp(p->device, d->id, STORE_ID) == 0)
			d->records += p->records;
	}
}

static enum err device_put(struct store *s, const struct registry_device *d)
{
	return memory_put(s, MEMORY_DEVICE, MEMORY_KEY(struct registry_device, id, d->id), d);
}

static enum err device_out(struct store *s, const struct memory_key *key, struct registry_device *out)
{
	const struct registry_device *d = memory_get(s, MEMORY_DEVICE, key);

	if (!d)
		return ERR_NOT_FOUND;
	*out = *d;
	fill_in(s, out);
	return ERR_OK;
}

static enum err device_get(struct store *s, const uint8_t *id, struct registry_device *out)
{
	return device_out(s, MEMORY_KEY(struct registry_device, id, id), out);
}

static enum err device_row(struct store *s, const uint8_t *id, struct registry_device *out)
{
	const struct registry_device *d = memory_get(s, MEMORY_DEVICE, MEMORY_KEY(struct registry_device, id, id));

	if (!d)
		return ERR_NOT_FOUND;
	*out = *d;
	memset(out->problems, 0, sizeof(out->problems));
	out->records = 0;
	return ERR_OK;
}

static enum err device_pass(struct store *s, const uint8_t *id, struct registry_pass *out)
{
	const struct registry_device *d = memory_get(s, MEMORY_DEVICE, MEMORY_KEY(struct registry_device, id, id));

	if (!d)
		return ERR_NOT_FOUND;
	out->state = d->state;
	memcpy(out->cert_serial, d->cert_serial, sizeof(out->cert_serial));
	memcpy(out->next_serial, d->next_serial, sizeof(out->next_serial));
	out->cert_not_after_s = d->cert_not_after_s;
	out->last_seen_us = d->last_seen_us;
	memcpy(out->group, d->group, sizeof(out->group));
	return ERR_OK;
}

static enum err device_by_csr(struct store *s, const uint8_t *csr_sha256, struct registry_device *out)
{
	return device_out(s, MEMORY_KEY(struct registry_device, csr_sha256, csr_sha256), out);
}

static enum err device_by_name(struct store *s, const char *name, struct registry_device out[2], unsigned *count)
{
	struct memory *m = memory_of(s);

	*count = 0;
	for (unsigned revoked = 0; revoked < 2; revoked++) {
		for (size_t i = 0; i < memory_count(m, MEMORY_DEVICE) && *count < 2; i++) {
			const struct registry_device *d = memory_row(m, MEMORY_DEVICE, i);

			if (d && strcmp(d->name, name) == 0 && (d->state == DEVICE_REVOKED) == (revoked == 1))
				out[(*count)++] = *d;
		}
	}
	for (unsigned i = 0; i < *count; i++)
		fill_in(s, &out[i]);
	return ERR_OK;
}

/* The device with the lowest id behind `after`. */
static const struct registry_device *next_device(const struct memory *m, const uint8_t *after)
{
	const struct registry_device *best = NULL;

	for (size_t i = 0; i < memory_count(m, MEMORY_DEVICE); i++) {
		const struct registry_device *d = memory_row(m, MEMORY_DEVICE, i);

		if (d && (!after || memcmp(d->id, after, STORE_ID) > 0) &&
		    (!best || memcmp(d->id, best->id, STORE_ID) < 0))
			best = d;
	}
	return best;
}

static enum err device_list(struct store *s, const struct registry_device_query *q)
{
	const uint8_t *after = q->after;
	struct registry_device d;
	unsigned given = 0;

	while (given < q->max) {
		const struct registry_device *next = next_device(memory_of(s), after);

		if (!next)
			break;
		d = *next;
		after = next->id;
		if (q->group && strcmp(d.group, q->group) != 0)
			continue;
		fill_in(s, &d);
		given++;
		if (!q->each(q->arg, &d))
			break;
	}
	return ERR_OK;
}

static enum err device_presence(struct store *s, const struct registry_presence *p)
{
	const struct registry_device *found =
		memory_get(s, MEMORY_DEVICE, MEMORY_KEY(struct registry_device, id, p->device));
	struct registry_device d;

	if (!found)
		return ERR_OK;
	d = *found;
	d.connected = p->connected;
	d.last_seen_us = p->last_seen_us;
	if (p->address[0])
		memcpy(d.address, p->address, sizeof(d.address));
	return device_put(s, &d);
}

static enum err device_absent(struct store *s, const struct registry_absent_query *q)
{
	struct memory *m = memory_of(s);
	bool more = true;

	for (size_t i = 0; more && i < memory_count(m, MEMORY_DEVICE); i++) {
		const struct registry_device *d = memory_row(m, MEMORY_DEVICE, i);

		if (d && !d->connected && d->state == DEVICE_APPROVED && d->last_seen_us > q->after_us &&
		    d->last_seen_us <= q->until_us)
			more = q->each(q->arg, d);
	}
	return ERR_OK;
}

static enum err device_census(struct store *s, const struct registry_absence *when, struct registry_census *out)
{
	struct memory *m = memory_of(s);

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < memory_count(m, MEMORY_DEVICE); i++) {
		const struct registry_device *d = memory_row(m, MEMORY_DEVICE, i);

		if (!d || d->state != DEVICE_APPROVED)
			continue;
		out->connected += d->connected;
		out->absent += !d->connected && d->last_seen_us > when->after_us && d->last_seen_us <= when->until_us;
	}
	return ERR_OK;
}

static enum err device_absent_all(struct store *s)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_DEVICE); i++) {
		const struct registry_device *row = memory_row(m, MEMORY_DEVICE, i);
		struct registry_device d;

		if (!row || !row->connected)
			continue;
		d = *row;
		d.connected = false;
		err = memory_set(m, MEMORY_DEVICE, i, &d);
	}
	return err;
}

static enum err token_put(struct store *s, const struct registry_token *t)
{
	return memory_put(s, MEMORY_TOKEN, MEMORY_KEY(struct registry_token, secret_sha256, t->secret_sha256), t);
}

static enum err token_get(struct store *s, const uint8_t *secret_sha256, struct registry_token *out)
{
	const struct registry_token *t =
		memory_get(s, MEMORY_TOKEN, MEMORY_KEY(struct registry_token, secret_sha256, secret_sha256));

	if (!t)
		return ERR_NOT_FOUND;
	*out = *t;
	return ERR_OK;
}

static enum err token_list(struct store *s, bool (*each)(void *, const struct registry_token *), void *arg)
{
	struct memory *m = memory_of(s);

	for (size_t i = memory_count(m, MEMORY_TOKEN); i-- > 0;) {
		const struct registry_token t = *(const struct registry_token *)memory_row(m, MEMORY_TOKEN, i);

		if (!each(arg, &t))
			break;
	}
	return ERR_OK;
}

static size_t find_order(struct memory *m, const uint8_t *id)
{
	const struct memory_key key = {offsetof(struct registry_order, id), STORE_ID, id};

	return memory_find(m, MEMORY_ORDER, &key);
}

static size_t find_target(struct memory *m, const uint8_t *order_id, const uint8_t *device)
{
	for (size_t i = 0; i < memory_count(m, MEMORY_TARGET); i++) {
		const struct registry_target *t = memory_row(m, MEMORY_TARGET, i);

		if (memcmp(t->order_id, order_id, STORE_ID) == 0 && memcmp(t->device, device, STORE_ID) == 0)
			return i;
	}
	return MEMORY_NONE;
}

static enum err order_get(struct store *s, const uint8_t *id, struct registry_order *out)
{
	const struct registry_order *row = memory_row(memory_of(s), MEMORY_ORDER, find_order(memory_of(s), id));

	if (!row)
		return ERR_NOT_FOUND;
	*out = *row;
	return ERR_OK;
}

static enum err order_list(struct store *s, const struct registry_order_query *q)
{
	struct memory *m = memory_of(s);
	size_t count = memory_count(m, MEMORY_ORDER);
	size_t i = q->before > 0 && q->before - 1 < count ? (size_t)q->before - 1 : count;

	for (unsigned given = 0; i-- > 0 && given < q->max; given++) {
		const struct registry_order o = *(const struct registry_order *)memory_row(m, MEMORY_ORDER, i);

		if (!q->each(q->arg, i + 1, &o))
			break;
	}
	return ERR_OK;
}

static enum err target_put(struct store *s, const struct registry_target *t)
{
	struct memory *m = memory_of(s);

	return memory_set(m, MEMORY_TARGET, find_target(m, t->order_id, t->device), t);
}

static enum err order_put(struct store *s, const struct registry_order *o, const uint8_t (*devices)[STORE_ID],
			  unsigned device_count)
{
	struct memory *m = memory_of(s);
	bool alone = !m->in_transaction;
	enum err err = find_order(m, o->id) == MEMORY_NONE ? ERR_OK : ERR_EXISTS;

	m->in_transaction = true;
	if (err == ERR_OK)
		err = memory_set(m, MEMORY_ORDER, MEMORY_NONE, o);
	for (unsigned i = 0; err == ERR_OK && i < device_count; i++) {
		struct registry_target t = {.state = TARGET_PENDING, .updated_us = o->created_us};

		memcpy(t.order_id, o->id, STORE_ID);
		memcpy(t.device, devices[i], STORE_ID);
		err = target_put(s, &t);
	}
	if (alone && err == ERR_OK)
		memory_keep(m);
	else if (alone)
		memory_undo(m);
	return err;
}

/* Sending is the registry's, the answer is the views', and the answer is the last word. */
static struct registry_target with_answer(const struct memory *m, const struct registry_target *t)
{
	struct registry_target out = *t;

	for (size_t i = 0; i < memory_count(m, MEMORY_ANSWER); i++) {
		const struct views_answer *a = memory_row(m, MEMORY_ANSWER, i);

		if (!a || memcmp(a->order_id, t->order_id, STORE_ID) != 0 ||
		    memcmp(a->device, t->device, STORE_ID) != 0)
			continue;
		out.state = a->state;
		out.updated_us = a->updated_us;
		memcpy(out.text, a->text, sizeof(out.text));
	}
	return out;
}

static enum err target_get(struct store *s, const uint8_t *order_id, const uint8_t *device, struct registry_target *out)
{
	struct memory *m = memory_of(s);
	const struct registry_target *t = memory_row(m, MEMORY_TARGET, find_target(m, order_id, device));

	if (!t)
		return ERR_NOT_FOUND;
	*out = with_answer(m, t);
	return ERR_OK;
}

static enum err target_is(struct store *s, const uint8_t *order_id, const uint8_t *device)
{
	return find_target(memory_of(s), order_id, device) != MEMORY_NONE ? ERR_OK : ERR_NOT_FOUND;
}

static enum err target_list(struct store *s, const uint8_t *order_id,
			    bool (*each)(void *, const struct registry_target *), void *arg)
{
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, MEMORY_TARGET); i++) {
		const struct registry_target t = with_answer(m, memory_row(m, MEMORY_TARGET, i));

		if (memcmp(t.order_id, order_id, STORE_ID) == 0 && !each(arg, &t))
			break;
	}
	return ERR_OK;
}

/* What was seen and not answered may have lost its receipts; the device answers it again. */
static bool is_open(const struct memory *m, const struct registry_target *t)
{
	uint8_t state = with_answer(m, t).state;

	return state >= TARGET_PENDING && state <= TARGET_SEEN;
}

static bool waits(const struct registry_target *t)
{
	return t->state <= TARGET_SENT;
}

static enum err target_waiting(struct store *s, const struct registry_waiting_query *q)
{
	struct memory *m = memory_of(s);

	for (size_t i = 0; i < memory_count(m, MEMORY_ORDER); i++) {
		const struct registry_order o = *(const struct registry_order *)memory_row(m, MEMORY_ORDER, i);
		const struct registry_target *t = memory_row(m, MEMORY_TARGET, find_target(m, o.id, q->device));

		if (t && is_open(m, t) && o.not_after_s >= q->wall_s && !q->each(q->arg, &o))
			break;
	}
	return ERR_OK;
}

static enum err target_expire(struct store *s, int64_t wall_s, unsigned *count)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	*count = 0;
	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_TARGET); i++) {
		const struct registry_target *row = memory_row(m, MEMORY_TARGET, i);
		const struct registry_order *o = memory_row(m, MEMORY_ORDER, find_order(m, row->order_id));
		struct registry_target t = *row;

		if (!waits(row) || !o || o->not_after_s >= wall_s)
			continue;
		t.state = TARGET_EXPIRED;
		err = memory_set(m, MEMORY_TARGET, i, &t);
		(*count)++;
	}
	return err;
}

static enum err order_change(struct memory *m, const struct registry_target *from, const struct registry_target *to)
{
	enum err err = ERR_OK;

	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_TARGET); i++) {
		struct registry_target t = *(const struct registry_target *)memory_row(m, MEMORY_TARGET, i);

		if (memcmp(t.order_id, from->order_id, STORE_ID) != 0 || t.state != from->state)
			continue;
		t.state = to->state;
		if (to->updated_us)
			t.updated_us = to->updated_us;
		err = memory_set(m, MEMORY_TARGET, i, &t);
	}
	return err;
}

static enum err order_hold(struct store *s, const uint8_t *id)
{
	struct registry_target from = {.state = TARGET_PENDING}, to = {.state = TARGET_NEEDS_APPROVAL};

	memcpy(from.order_id, id, STORE_ID);
	return order_change(memory_of(s), &from, &to);
}

static enum err order_release(struct store *s, const uint8_t *id, int64_t wall_us)
{
	struct registry_target from = {.state = TARGET_NEEDS_APPROVAL};
	struct registry_target to = {.state = TARGET_PENDING, .updated_us = wall_us};

	memcpy(from.order_id, id, STORE_ID);
	return order_change(memory_of(s), &from, &to);
}

static enum err order_sign(struct store *s, const struct registry_order *o)
{
	struct memory *m = memory_of(s);
	size_t at = find_order(m, o->id);
	struct registry_order row;

	if (at == MEMORY_NONE)
		return ERR_OK;
	row = *(const struct registry_order *)memory_row(m, MEMORY_ORDER, at);
	row.signature_count = o->signature_count;
	memcpy(row.signatures, o->signatures, sizeof(row.signatures));
	return memory_set(m, MEMORY_ORDER, at, &row);
}

static enum err target_cancel(struct store *s, const uint8_t *order_id, int64_t wall_us, unsigned *count)
{
	struct memory *m = memory_of(s);
	enum err err = ERR_OK;

	*count = 0;
	for (size_t i = 0; err == ERR_OK && i < memory_count(m, MEMORY_TARGET); i++) {
		struct registry_target t = *(const struct registry_target *)memory_row(m, MEMORY_TARGET, i);

		if (memcmp(t.order_id, order_id, STORE_ID) != 0 || with_answer(m, &t).state > TARGET_PENDING)
			continue;
		t.state = TARGET_CANCELLED;
		t.updated_us = wall_us;
		err = memory_set(m, MEMORY_TARGET, i, &t);
		(*count)++;
	}
	return err;
}

const struct registry_kind memory_registry = {
	.device_put = device_put,
	.device_get = device_get,
	.device_row = device_row,
	.device_pass = device_pass,
	.device_by_csr = device_by_csr,
	.device_by_name = device_by_name,
	.device_list = device_list,
	.device_presence = device_presence,
	.device_absent = device_absent,
	.device_absent_all = device_absent_all,
	.device_census = device_census,
	.token_put = token_put,
	.token_get = token_get,
	.token_list = token_list,
	.order_put = order_put,
	.order_get = order_get,
	.order_list = order_list,
	.order_hold = order_hold,
	.order_sign = order_sign,
	.order_release = order_release,
	.target_put = target_put,
	.target_get = target_get,
	.target_is = target_is,
	.target_list = target_list,
	.target_waiting = target_waiting,
	.target_expire = target_expire,
	.target_cancel = target_cancel,
};
