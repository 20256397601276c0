/* SPDX-License-Identifier: Apache-2.0 */
/* Follows one order's stream and keeps the order's JSON up to date with it. */
#include "server-stub/cli/order_wait.h"

#include "agent/base/clock.h"
#include "agent/cli/command.h"
#include "server-stub/cli/decode.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/receipt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct watch {
	const struct order_wait *w;
	json_t *targets, *receipts; /* places by key_of() */
	bool done;
};

static const char *text_of(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* A device has one target, and one receipt for each step. */
static const char *key_of(json_t *item, char key[64])
{
	snprintf(key, 64, "%.40s.%d", text_of(item, "device"), (int)json_integer_value(json_object_get(item, "step")));
	return key;
}

/* Put the item where the one of its key is; `places` remembers where that is, for lists of thousands. */
static void replace(json_t *list, json_t *places, json_t *item)
{
	char key[64];
	json_t *place = json_object_get(places, key_of(item, key));

	if (place) {
		json_array_set(list, (size_t)json_integer_value(place), item);
		return;
	}
	json_object_set_new(places, key, json_integer((json_int_t)json_array_size(list)));
	json_array_append(list, item);
}

/* The same for what the answer to the push had already. */
static json_t *places_of(json_t *list)
{
	json_t *places = json_object(), *item;
	char key[64];
	size_t i;

	json_array_foreach(list, i, item) json_object_set_new(places, key_of(item, key), json_integer((json_int_t)i));
	return places;
}

static void on_receipt(struct watch *x, json_t *item)
{
	int64_t waited_us = clock_mono_us() - x->w->start_us;

	replace(json_object_get(x->w->order, "receipts"), x->receipts, item);
	if (opts_common.json)
		json_object_set_new(item, "waited_us", json_integer(waited_us));
	else
		receipt_print(item, waited_us);
}

static bool on_event(void *context, const char *event, const char *id, const char *data)
{
	struct watch *x = context;
	json_t *item = decode_json(data, strlen(data));

	(void)id;
	if (strcmp(event, "target") == 0)
		replace(json_object_get(x->w->order, "targets"), x->targets, item);
	else if (strcmp(event, "receipt") == 0)
		on_receipt(x, item);
	else if (strcmp(event, "done") == 0)
		x->done = true;
	json_decref(item);
	fflush(stdout);
	return !x->done;
}

static const char *const states[] = {"needs_approval", "pending", "sent",    "seen",	 "done",
				     "refused",	       "failed",  "expired", "cancelled"};

#define STATES (sizeof(states) / sizeof(states[0]))
#define STATE_DONE 4

struct tally {
	size_t count[STATES], done, lost, open;
};

static size_t place_of(const char *state)
{
	size_t i = 0;

	while (i < STATES - 1 && strcmp(states[i], state) != 0)
		i++;
	return i;
}

/* Say which devices did not do it, and count. */
static struct tally sum_up(json_t *order, int64_t timeout_ms)
{
	struct tally sum = {.done = 0};
	char device[GRID_CELL_MAX], text[GRID_CELL_MAX];
	size_t i;
	json_t *t;

	json_array_foreach(json_object_get(order, "targets"), i, t)
	{
		size_t place = place_of(text_of(t, "state"));

		sum.count[place]++;
		grid_text(t, "device_name", device);
		if (place == STATE_DONE) {
			sum.done++;
		} else if (place > STATE_DONE) {
			sum.lost++;
			fprintf(stderr, "caltrop: %s: %s%s%s\n", device, states[place],
				text_of(t, "text")[0] ? ": " : "", grid_text(t, "text", text));
		} else {
			sum.open++;
			fprintf(stderr, "caltrop: %s: no receipt within %" PRId64 " s, the order is %s\n", device,
				timeout_ms / 1000, states[place]);
		}
	}
	return sum;
}

/* As the service writes it. */
static void set_summary(json_t *order, const struct tally *sum)
{
	json_t *summary = json_object();

	json_object_set_new(summary, "targets", json_integer((json_int_t)(sum->done + sum->lost + sum->open)));
	for (size_t i = 0; i < STATES; i++)
		json_object_set_new(summary, states[i], json_integer((json_int_t)sum->count[i]));
	json_object_set_new(summary, "complete", json_boolean(sum->open == 0));
	json_object_set_new(order, "summary", summary);
}

int order_wait(struct rest *r, const struct order_wait *w)
{
	struct watch x = {
		.w = w,
		.targets = places_of(json_object_get(w->order, "targets")),
		.receipts = places_of(json_object_get(w->order, "receipts")),
	};
	char path[128];
	struct rest_follow f = {.path = path, .timeout_ms = w->timeout_ms, .each = on_event, .context = &x};

	snprintf(path, sizeof(path), "/api/v1/orders/%.32s/stream", text_of(w->order, "id"));
	int status = rest_follow(r, &f);

	json_decref(x.targets);
	json_decref(x.receipts);
	if (status != OPTS_GO_ON && status != COMMAND_UNREACHABLE)
		return status;
	struct tally sum = sum_up(w->order, w->timeout_ms);

	if (opts_common.json) {
		set_summary(w->order, &sum);
		grid_json(w->order);
	}
	if (sum.open && sum.done == 0)
		return COMMAND_UNREACHABLE;
	if (sum.open || (sum.lost && sum.done))
		return COMMAND_PARTIAL;
	return sum.lost ? COMMAND_FAILED : COMMAND_OK;
}
