/* SPDX-License-Identifier: Apache-2.0 */
/* The push of an order, whoever composed it. What devices make of it is order_wait.c's. */
#include "server-stub/cli/order_post.h"

#include "agent/base/buf.h"
#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/cli/command.h"
#include "server-stub/cli/grid.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/order_wait.h"

#include <stdio.h>

/* Post it; once more when the connection broke: the key makes sure that it stays one order. */
static int post(struct rest **r, json_t *body, json_t **answer)
{
	uint8_t random[16];
	char key[33];
	struct buf b = buf_over(key, 32);

	if (key_random_kernel.fill(key_random_kernel.context, random, sizeof(random)))
		return COMMAND_FAILED;
	buf_hex(&b, random, sizeof(random));
	key[32] = 0;
	struct rest_call call = {.method = "POST", .path = "/api/v1/orders", .body = body, .idempotency_key = key};
	int status = rest_call(*r, &call, answer);

	if (status != COMMAND_UNREACHABLE || *answer)
		return status;
	rest_close(*r);
	*r = rest_open(&status);
	return *r ? rest_call(*r, &call, answer) : status;
}

static bool is_held(json_t *order)
{
	return json_integer_value(json_object_get(json_object_get(order, "summary"), "needs_approval")) > 0;
}

static int say_held(json_t *order)
{
	char id[GRID_CELL_MAX];

	fprintf(stderr,
		"caltrop: the order waits: it has %zu of %d signatures. Another operator looks at it and signs:\n"
		"    caltrop order sign %s --order-key FILE\n",
		json_array_size(json_object_get(order, "signed_by")),
		(int)json_integer_value(json_object_get(order, "signatures_needed")), grid_text(order, "id", id));
	return COMMAND_CONFLICT;
}

static void say_pushed(json_t *order)
{
	char id[GRID_CELL_MAX], detail[GRID_CELL_MAX];
	size_t count = json_array_size(json_object_get(order, "targets"));

	printf("order %s: %s, to %zu device%s\n", grid_text(order, "id", id), grid_text(order, "detail", detail), count,
	       count == 1 ? "" : "s");
}

int order_post_follow(struct rest *r, json_t *order, const struct order_post *how)
{
	if (!is_held(order) && how->wait)
		return order_wait(r, &(struct order_wait){order, how->start_us, how->timeout_s * 1000});
	if (opts_common.json)
		grid_json(order);
	else
		say_pushed(order);
	return is_held(order) ? say_held(order) : COMMAND_OK;
}

int order_post(struct rest **r, json_t *body, const struct order_post *how)
{
	struct order_post from_now = *how;
	json_t *answer = NULL;
	int status;

	from_now.start_us = clock_mono_us();
	status = post(r, body, &answer);
	if (status == OPTS_GO_ON)
		status = order_post_follow(*r, answer, &from_now);
	json_decref(answer);
	return status;
}
