/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Composes orders. With an operator's key the order's bytes are made and signed on this machine, so a server that was
 * broken into can neither make nor change one: it can only hold it back.
 */
#include "server-stub/cli/order_request.h"

#include "agent/base/clock.h"
#include "agent/base/hex.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "agent/cli/command.h"
#include "server-stub/cli/fleet_aim.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/order_words.h"
#include "server-stub/cli/signing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEFORE_S 300 /* how far a device's clock may be behind ours */

/* --for and --start-ticks, to every step that takes them and does not say otherwise. */
static bool add_options(const struct order_request *r, struct order *o)
{
	bool for_used = r->duration_s == 0, ticks_used = r->start_ticks == 0;

	for (unsigned i = 0; i < o->step_count; i++) {
		struct verb_args *args = &o->steps[i].args;

		if (r->duration_s && verb_takes(args->verb, VERB_DURATION) && !args->duration_s) {
			args->duration_s = (uint32_t)r->duration_s;
			for_used = true;
		}
		if (r->start_ticks && verb_takes(args->verb, VERB_TICKS) && !args->start_ticks) {
			args->start_ticks = (uint64_t)r->start_ticks;
			ticks_used = true;
		}
	}
	return for_used && ticks_used;
}

/* The steps, judged as the service and the devices would. */
static int fill(const struct order_request *r, struct order *o)
{
	char why[ORDER_WHY_MAX];

	*o = (struct order){.dry_run = r->dry_run};
	if (r->steps) {
		o->step_count = r->steps->step_count;
		memcpy(o->steps, r->steps->steps, sizeof(o->steps));
	}
	if (!r->steps && order_words_read(r->words->items, r->words->count, o, why) != ERR_OK)
		return opts_failed(COMMAND_USAGE, "%s", why);
	if (r->duration_s > VERB_DURATION_MAX_S)
		return opts_failed(COMMAND_USAGE, "--for is at most 30 days");
	if (r->expires_s > ORDER_WINDOW_MAX_S - BEFORE_S)
		return opts_failed(COMMAND_USAGE, "--expires has to be less than 30d");
	if (!add_options(r, o))
		return opts_failed(COMMAND_USAGE, "%s is of no use to this order",
				   r->duration_s ? "--for" : "--start-ticks");
	if (order_check_steps(o, why) == ERR_OK)
		return OPTS_GO_ON;
	return opts_failed(COMMAND_USAGE, "%s", why);
}

/* -- plain -- */

static json_t *plain(const struct order_request *r, const struct order *o, int *status)
{
	json_t *body = json_pack("{s:I}", "expires_in_s", (json_int_t)r->expires_s);

	if (order_words_put(body, o) != ERR_OK) {
		json_decref(body);
		*status = opts_failed(COMMAND_USAGE, "the path is no UTF-8; only an order that is signed here can name "
						     "such a file (--order-key)");
		return NULL;
	}
	fleet_aim_put(body, r->devices, r->group, r->all);
	if (r->dry_run)
		json_object_set_new(body, "dry_run", json_true());
	return body;
}

/* -- signed here -- */

static bool parse_id(const char *hex, uint8_t id[16])
{
	return hex && hex_read(str_from(hex), id, 16);
}

/* Devices by name become ids: what is signed names ids only. */
static int resolve(const struct order_request *q, struct rest *r, struct order *o)
{
	if (q->devices->count > ORDER_TARGETS_MAX)
		return opts_failed(COMMAND_USAGE, "a signed order names at most 32 devices; use a group");
	for (unsigned i = 0; i < q->devices->count; i++) {
		struct list_url u = {.text = "/api/v1/devices/"};
		json_t *answer = NULL;

		if (!rest_encode(u.text, sizeof(u.text), q->devices->items[i]))
			return opts_failed(COMMAND_USAGE, "'%s' is not a device", q->devices->items[i]);
		int status = rest_call(r, &(struct rest_call){.method = "GET", .path = u.text}, &answer);
		bool good = status == OPTS_GO_ON &&
			    parse_id(json_string_value(json_object_get(answer, "id")), o->targets[o->target_count]);

		json_decref(answer);
		if (status != OPTS_GO_ON)
			return status;
		if (!good)
			return opts_failed(COMMAND_FAILED, "the server names no id for %s", q->devices->items[i]);
		o->target_count++;
	}
	o->target_kind = q->all ? ORDER_ALL : q->group ? ORDER_GROUP : ORDER_DEVICES;
	if (q->group && str_copy(str_from(q->group), o->group, sizeof(o->group)))
		return opts_failed(COMMAND_USAGE, "'%s' is too long for a group", q->group);
	return OPTS_GO_ON;
}

static json_t *seal_body(const struct order *o, const struct opts_list *keys, int *status)
{
	uint8_t bytes[ORDER_BYTES_MAX];
	struct buf b = buf_over(bytes, sizeof(bytes));
	json_t *signatures;

	if (order_encode(&b, o)) {
		*status = opts_failed(COMMAND_FAILED, "the order can't be encoded");
		return NULL;
	}
	signatures = signing_list(keys, b.data, b.len, status);
	return signatures ? json_pack("{s:o, s:o}", "order", signing_base64(bytes, b.len), "signatures", signatures)
			  : NULL;
}

static json_t *sign_here(const struct order_request *q, struct rest *r, struct order *o, int *status)
{
	*status = resolve(q, r, o);
	if (*status != OPTS_GO_ON)
		return NULL;
	o->created_s = clock_wall_s();
	o->not_before_s = o->created_s - BEFORE_S;
	o->not_after_s = o->created_s + q->expires_s;
	snprintf(o->author, sizeof(o->author), "%s", rest_context(r)->user);
	if (key_random_kernel.fill(key_random_kernel.context, o->id, sizeof(o->id)))
		abort();
	return seal_body(o, q->keys, status);
}

json_t *order_request_body(const struct order_request *q, struct rest *r, int *status)
{
	struct order o;

	*status = fill(q, &o);
	if (*status != OPTS_GO_ON)
		return NULL;
	return q->keys->count ? sign_here(q, r, &o, status) : plain(q, &o, status);
}
