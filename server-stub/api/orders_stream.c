/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Following an order: "target" when a device's state changes, "receipt" when one comes, "done" when no target will
 * change any more. What was said is remembered by target; targets are looked up by device in sorted order.
 */
#include "server-stub/api/orders.h"

#include "agent/base/clock.h"
#include "agent/base/now.h"
#include "proto/order.h"
#include "proto/record_tags.h"
#include "proto/wire.h"
#include "server-stub/api/record.h"
#include "server-stub/api/reply.h"
#include "server-stub/api/stream.h"

#include <stdlib.h>
#include <string.h>

#define MANY 256 /* targets of an order that is looked at less often */
#define MANY_US (100 * MS_US)
#define GRACE_S 2 /* after the window, for the one who marks targets expired */

struct seat {
	uint8_t device[STORE_ID];
	uint8_t said;		/* state last told */
	uint32_t receipts_said; /* bits of the steps that had theirs told; bit 0: of no step */
};

struct watch {
	uint8_t id[STORE_ID];
	int64_t not_after_s;
	char role[sizeof(((struct person *)0)->role)];
	struct stream *stream;
	unsigned final, counts[TARGET_STATES];
	unsigned steps;	  /* of the order */
	unsigned telling; /* the step whose receipts are told now */
	unsigned count, cap;
	struct seat seats[];
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, STORE_ID);
}

static struct seat *find(struct watch *w, const uint8_t device[STORE_ID])
{
	return bsearch(device, w->seats, w->count, sizeof(w->seats[0]), compare);
}

static bool wants(struct stream *s, const struct news_item *item)
{
	const struct watch *w = s->state;

	return item->kind == API_NEWS_LOST || (item->kind == API_NEWS_ORDER && memcmp(item->id, w->id, STORE_ID) == 0);
}

static bool tell_target(void *arg, const struct registry_target *stored)
{
	struct watch *w = arg;
	struct stream *s = w->stream;
	struct seat *seat = find(w, stored->device);
	struct buf b = buf_over(s->api->chunk, CALL_PAGE_BYTES);
	struct json j = json_over(&b);
	struct registry_target t = *stored;

	if (!orders_final(t.state) && clock_wall_us() > (w->not_after_s + GRACE_S) * SECOND_US)
		t.state = TARGET_EXPIRED;
	w->counts[t.state < TARGET_STATES ? t.state : 0]++;
	w->final += orders_final(t.state);
	if (!seat || seat->said == t.state)
		return !s->ended;
	seat->said = t.state;
	json_begin_object(&j);
	orders_put_target(s->api, &j, &t);
	json_end_object(&j);
	stream_event(s, NULL, "target", buf_str(&b));
	return !s->ended;
}

/* The step that a receipt is of, from 1; 0: the order's only one, or the order as a whole. */
static unsigned step_of(struct str receipt)
{
	struct wire_field field;

	while (wire_next(&receipt, &field) == ERR_OK)
		if (field.number == RECEIPT_STEP && field.type == WIRE_VARINT && field.value <= ORDER_STEPS_MAX)
			return (unsigned)field.value;
	return 0;
}

static bool tell_receipt(void *arg, const struct views_receipt *r)
{
	struct watch *w = arg;
	struct stream *s = w->stream;
	struct seat *seat = find(w, r->device);
	struct buf b = buf_over(s->api->chunk, CALL_PAGE_BYTES);
	struct json j = json_over(&b);
	struct call reader = {.api = s->api};

	unsigned step = step_of(r->record);
	uint32_t bit = UINT32_C(1) << step;

	if (w->telling < w->steps && step != w->telling)
		return !s->ended;
	if (!seat || (seat->receipts_said & bit))
		return !s->ended;
	seat->receipts_said |= bit;
	memcpy(reader.user.role, w->role, sizeof(reader.user.role));
	record_put_stored(&reader, &j, r);
	stream_event(s, NULL, "receipt", buf_str(&b));
	return !s->ended;
}

static void tell_done(struct watch *w)
{
	struct buf b = buf_over(w->stream->api->chunk, CALL_PAGE_BYTES);
	struct json j = json_over(&b);

	json_begin_object(&j);
	json_key(&j, "targets");
	json_int(&j, w->count);
	for (uint8_t s = TARGET_DONE; s < TARGET_STATES; s++) {
		json_key(&j, orders_state(s));
		json_int(&j, w->counts[s]);
	}
	json_end_object(&j);
	stream_event(w->stream, NULL, "done", buf_str(&b));
	stream_end(w->stream);
}

/* Targets first: a receipt is written with its target, so every final target found here has its receipt below. */
static void more(struct stream *s)
{
	struct watch *w = s->state;

	w->stream = s;
	w->final = 0;
	memset(w->counts, 0, sizeof(w->counts));
	enum err err = registry_target_list(s->api->env.store, w->id, tell_target, w);

	/* The list has the newest first. Those of a first step are told before those of the next; of one step, at once.
	 */
	for (w->telling = w->steps > 1 ? 1 : w->steps; !err && w->final && w->telling <= w->steps; w->telling++)
		err = views_receipt_list(s->api->env.store, w->id, NULL, STORE_PAGE_MAX, tell_receipt, w);
	if (err)
		stream_end(s);
	else if (w->final == w->count)
		tell_done(w);
	else if (w->count > MANY)
		s->not_before_us = clock_mono_us() + MANY_US;
	if (!s->ended)
		s->again_us = clock_mono_us() + (w->not_after_s + GRACE_S + 1) * SECOND_US - clock_wall_us();
}

/* How many steps it has; 1 if it cannot be read. */
static unsigned steps_of(const struct registry_order *o)
{
	char why[ORDER_WHY_MAX];
	struct order order;

	return order_decode(o->order, o->order_len, &order, why) == ERR_OK ? order.step_count : 1;
}

static bool count_target(void *arg, const struct registry_target *t)
{
	(void)t;
	(*(unsigned *)arg)++;
	return true;
}

static bool seat_target(void *arg, const struct registry_target *t)
{
	struct watch *w = arg;

	if (w->count == w->cap)
		return false;
	memcpy(w->seats[w->count++].device, t->device, STORE_ID);
	return true;
}

void orders_stream(struct call *call)
{
	static const struct stream_kind kind = {wants, more};
	struct store *store = call->api->env.store;
	struct registry_order o;
	struct watch *w = NULL;
	unsigned count = 0;

	if (!orders_find(call, &o))
		return;
	enum err err = registry_target_list(store, o.id, count_target, &count);

	if (!err && !(w = calloc(1, sizeof(*w) + count * sizeof(w->seats[0]))))
		err = ERR_NO_MEMORY;
	if (!err) {
		w->cap = count;
		err = registry_target_list(store, o.id, seat_target, w);
	}
	if (err) {
		free(w);
		reply_store(call, err, "order", "");
		return;
	}
	qsort(w->seats, w->count, sizeof(w->seats[0]), compare);
	memcpy(w->id, o.id, STORE_ID);
	memcpy(w->role, call->user.role, sizeof(w->role));
	w->not_after_s = o.not_after_s;
	w->steps = steps_of(&o);
	stream_begin(call, &kind, w);
}
