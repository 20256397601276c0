/* SPDX-License-Identifier: Apache-2.0 */
/* Orders in JSON. */
#include "server-stub/api/orders.h"

#include "agent/base/now.h"
#include "proto/order.h"
#include "server-stub/api/args.h"
#include "server-stub/api/ids.h"
#include "server-stub/api/names.h"
#include "server-stub/api/news.h"
#include "server-stub/api/page.h"
#include "server-stub/api/record.h"
#include "server-stub/api/reply.h"
#include "server-stub/fleet/fleet_bundle.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define TARGETS_BYTES_MAX (3u << 20) /* of one order's JSON; longer lists of targets are cut and say so */
#define LIST_NAMED_MAX 3	     /* targets of an order that a list of orders names; it counts all */
#define LIST_TARGETS_MAX 20000	     /* of all orders of one page, about; then it ends early */

static const char *const states[] = {"needs_approval", "pending", "sent",    "seen",	 "done",
				     "refused",	       "failed",  "expired", "cancelled"};

const char *orders_state(uint8_t state)
{
	return states[state < TARGET_STATES ? state : 0];
}

bool orders_final(uint8_t state)
{
	return state >= TARGET_DONE;
}

void orders_put_target(struct api *api, struct json *j, const struct registry_target *t)
{
	names_put(api, j, t->device);
	json_key(j, "state");
	json_text(j, orders_state(t->state));
	json_key(j, "text");
	json_text(j, t->text);
	reply_time(j, "updated", t->updated_us);
}

static void put_params(struct json *j, const struct verb_args *args)
{
	json_key(j, "params");
	json_begin_object(j);
	args_put(j, args);
	json_end_object(j);
}

/* The first step's params stand beside its verb, as they did when that was all an order could be. */
static void put_steps(struct json *j, const struct order *o)
{
	put_params(j, &o->steps[0].args);
	json_key(j, "steps");
	json_begin_array(j);
	for (unsigned i = 0; i < o->step_count; i++) {
		json_begin_object(j);
		json_key(j, "verb");
		json_text(j, verb_name(o->steps[i].args.verb));
		json_key(j, "when");
		json_text(j, order_when_name(o->steps[i].when));
		put_params(j, &o->steps[i].args);
		json_end_object(j);
	}
	json_end_array(j);
}

static void put_aim(struct json *j, const struct order *o)
{
	static const char *const kinds[] = {"unknown", "devices", "group", "all"};

	json_key(j, "aim");
	json_text(j, kinds[o->target_kind <= ORDER_ALL ? o->target_kind : 0]);
	if (o->target_kind == ORDER_GROUP) {
		json_key(j, "group");
		json_text(j, o->group);
	}
}

static void put_signers(struct json *j, const struct registry_order *o)
{
	json_key(j, "signed_by");
	json_begin_array(j);
	for (unsigned i = 0; i < o->signature_count && i < STORE_SIGNATURES_MAX; i++)
		json_hex(j, o->signatures[i].key_id, sizeof(o->signatures[i].key_id));
	json_end_array(j);
}

/* What the order says of itself; no targets. */
static void put_head(struct json *j, const struct registry_order *o)
{
	char why[ORDER_WHY_MAX];
	struct order order;

	reply_id(j, "id", o->id);
	json_key(j, "verb");
	json_text(j, o->verb);
	json_key(j, "detail");
	json_text(j, o->detail);
	json_key(j, "author");
	json_text(j, o->author);
	reply_time(j, "created", o->created_us);
	reply_time(j, "expires", o->not_after_s * SECOND_US);
	if (order_decode(o->order, o->order_len, &order, why) == ERR_OK) {
		json_key(j, "dry_run");
		json_bool(j, order.dry_run);
		put_steps(j, &order);
		put_aim(j, &order);
	}
	put_signers(j, o);
}

struct targets {
	struct call *call;
	struct json *j;
	unsigned counts[TARGET_STATES], total, max;
	bool cut;
};

static bool each_target(void *arg, const struct registry_target *t)
{
	struct targets *x = arg;

	x->total++;
	x->counts[t->state < TARGET_STATES ? t->state : 0]++;
	if (x->total > x->max || x->call->body.len > TARGETS_BYTES_MAX) {
		x->cut = true;
		return true;
	}
	json_begin_object(x->j);
	orders_put_target(x->call->api, x->j, t);
	json_end_object(x->j);
	return true;
}

static bool each_receipt(void *arg, const struct views_receipt *r)
{
	struct targets *x = arg;

	record_put_stored(x->call, x->j, r);
	return x->call->body.len < TARGETS_BYTES_MAX;
}

static void put_counts(struct json *j, const struct targets *x)
{
	unsigned final = 0;

	json_key(j, "summary");
	json_begin_object(j);
	json_key(j, "targets");
	json_int(j, x->total);
	for (uint8_t s = TARGET_NEEDS_APPROVAL; s < TARGET_STATES; s++) {
		json_key(j, states[s]);
		json_int(j, x->counts[s]);
		final += orders_final(s) ? x->counts[s] : 0;
	}
	json_key(j, "complete");
	json_bool(j, final == x->total);
	json_end_object(j);
}

/* Everything but receipts, without the last brace. */
static enum err put_targets(struct targets *x, const struct registry_order *o)
{
	struct json *j = x->j;

	json_begin_object(j);
	put_head(j, o);
	json_key(j, "targets");
	json_begin_array(j);
	enum err err = registry_target_list(x->call->api->env.store, o->id, each_target, x);

	json_end_array(j);
	json_key(j, "targets_cut");
	json_bool(j, x->cut);
	put_counts(j, x);
	return err;
}

/* What a second operator needs to judge it and to sign it. */
static void put_bytes(struct call *call, struct json *j, const struct registry_order *o)
{
	char why[ORDER_WHY_MAX];
	struct order said;
	struct fleet_bundle_tally tally;

	reply_base64(j, "bytes", o->order, o->order_len);
	if (order_decode(o->order, o->order_len, &said, why) != ERR_OK)
		return;
	fleet_bundle_count(call->api->env.fleet, &tally, &said, o);
	json_key(j, "signatures_needed");
	json_int(j, tally.needed);
	json_key(j, "signatures");
	json_begin_array(j);
	for (unsigned i = 0; i < o->signature_count && i < STORE_SIGNATURES_MAX; i++) {
		json_begin_object(j);
		json_key(j, "key_id");
		json_hex(j, o->signatures[i].key_id, KEY_ID);
		reply_base64(j, "value", o->signatures[i].bytes, o->signatures[i].len);
		json_end_object(j);
	}
	json_end_array(j);
}

enum err orders_put(struct call *call, struct json *j, const struct registry_order *o, unsigned targets_max)
{
	struct targets x = {.call = call, .j = j, .max = targets_max};
	enum err err = put_targets(&x, o);

	put_bytes(call, j, o);
	json_key(j, "receipts");
	json_begin_array(j);
	if (!err)
		err = views_receipt_list(call->api->env.store, o->id, NULL, STORE_PAGE_MAX, each_receipt, &x);
	json_end_array(j);
	json_end_object(j);
	return err;
}

void orders_tell(struct call *call)
{
	if (news_put(call->api->news, API_NEWS_ORDER, call->id))
		uv_async_send(&call->api->wake);
}

void orders_note(struct call *call, const struct registry_order *o)
{
	struct buf b = buf_over(call->detail, sizeof(call->detail) - 1);

	buf_hex(&b, o->id, STORE_ID);
	buf_printf(&b, " %s", o->detail);
	call->detail[b.len] = 0;
}

struct listing {
	struct page page;
	unsigned counted; /* targets, of all orders of the page */
	enum err err;
};

/* A page that had to count very many targets ends early, and whoever wants more asks for the next one. */
static bool each(void *arg, uint64_t rowid, const struct registry_order *o)
{
	struct listing *l = arg;
	struct targets x = {.call = l->page.call, .j = l->page.j, .max = LIST_NAMED_MAX};

	l->page.full |= l->counted > LIST_TARGETS_MAX;
	if (l->page.full || !page_room(&l->page))
		return false;
	l->err = put_targets(&x, o);
	json_end_object(l->page.j);
	l->counted += x.total;
	snprintf(l->page.next, sizeof(l->page.next), "%llu", (unsigned long long)rowid);
	return l->err == ERR_OK;
}

void orders_list(struct call *call)
{
	struct listing l = {.counted = 0};
	uint64_t before;

	if (!page_after(call, &before) || !page_begin(&l.page, call))
		return;
	enum err err = registry_order_list(call->api->env.store, before, l.page.limit + 1, each, &l);

	if (err || l.err)
		reply_store(call, err ? err : l.err, "order", "");
	else
		page_end(&l.page);
}

struct search {
	struct ids_search ids;
	struct registry_order *found;
};

static bool look(void *arg, uint64_t rowid, const struct registry_order *o)
{
	struct search *s = arg;

	(void)rowid;
	if (ids_search_look(&s->ids, o->id))
		*s->found = *o;
	return ids_search_goes_on(&s->ids);
}

bool orders_find(struct call *call, struct registry_order *o)
{
	struct search s = {.found = o};
	enum err err = ids_search_begin(&s.ids, call->arg, STORE_ID);

	if (!err && s.ids.want.digits == STORE_ID * 2)
		err = registry_order_get(call->api->env.store, s.ids.want.bytes, o);
	else if (!err) {
		err = registry_order_list(call->api->env.store, 0, STORE_PAGE_MAX, look, &s);
		if (!err)
			err = ids_search_end(&s.ids);
	}
	if (err)
		reply_search(call, err, "order", &s.ids);
	return !err;
}

void orders_show(struct call *call)
{
	struct registry_order o;

	if (!orders_find(call, &o))
		return;
	enum err err = orders_put(call, reply_json(call, 200), &o, UINT_MAX);

	if (err)
		reply_store(call, err, "order", "");
}
