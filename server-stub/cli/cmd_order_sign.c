/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `caltrop order sign`: the second operator's half of an order. What is shown is what the bytes say, read on this
 * machine: a service that was broken into may tell another story around them, and cannot change what is signed.
 */
#include "server-stub/cli/fleet.h"

#include "agent/base/clock.h"
#include "agent/base/hex.h"
#include "agent/cli/command.h"
#include "proto/order.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/opts.h"
#include "server-stub/cli/order_post.h"
#include "server-stub/cli/order_say.h"
#include "server-stub/cli/signing.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <string.h>

static struct opts_list keys;
static struct order_post waiting = {.timeout_s = 30};

static const struct opts_option options[] = {
	{OPTS_MANY, "order-key", "FILE", &keys, "sign with this key; none: only show what would be signed"},
	{OPTS_FLAG, "wait", NULL, &waiting.wait, "wait for the receipts, and print them"},
	{OPTS_SPAN, "timeout", "SPAN", &waiting.timeout_s, "how long to wait (default: 30s)"},
	{.kind = OPTS_END},
};

static const struct opts_command command = {
	.usage = "order sign ID [--order-key FILE] [--wait]",
	.about = "Approve an order that waits for more signatures: sign its very bytes with a key that did not sign it "
		 "yet.\nWithout a key it only shows what the bytes say. With the last signature that is needed the "
		 "order "
		 "goes to its\ndevices, which verify every signature again.",
	.examples = "  caltrop order sign 9d818a95\n"
		    "  caltrop order sign 9d818a95 --order-key my_key.pem --wait",
	.options = options,
	.args_min = 1,
	.args_max = 1,
};

struct signing {
	json_t *answer; /* as the service shows it */
	uint8_t bytes[ORDER_BYTES_MAX];
	size_t len;
	struct order order; /* what the bytes say */
};

/* Read the bytes, and see that they are the order that was asked for. */
static int read_bytes(struct signing *s)
{
	const char *text = json_string_value(json_object_get(s->answer, "bytes"));
	const char *id = json_string_value(json_object_get(s->answer, "id"));
	char why[ORDER_WHY_MAX] = "they are no base64";
	uint8_t named[sizeof(s->order.id)];

	if (!text || !id || !hex_read(str_from(id), named, sizeof(named)))
		return opts_failed(COMMAND_FAILED, "the server does not tell the order's bytes");
	if (mbedtls_base64_decode(s->bytes, sizeof(s->bytes), &s->len, (const unsigned char *)text, strlen(text)) !=
		    0 ||
	    order_decode(s->bytes, s->len, &s->order, why) != ERR_OK || order_check_steps(&s->order, why) != ERR_OK)
		return opts_failed(COMMAND_FAILED, "the bytes that the server tells are no order: %s", why);
	if (memcmp(named, s->order.id, sizeof(named)) != 0)
		return opts_failed(COMMAND_FAILED, "the bytes that the server tells are another order's");
	return OPTS_GO_ON;
}

static int send(struct rest *r, const struct list_url *u, const struct signing *s)
{
	struct list_url path = *u;
	json_t *answer = NULL, *body;
	int status, posted;

	waiting.start_us = clock_mono_us();
	json_t *signatures = signing_list(&keys, s->bytes, s->len, &status);

	if (!signatures)
		return status;
	strncat(path.text, "/sign", sizeof(path.text) - strlen(path.text) - 1);
	body = json_pack("{s:o}", "signatures", signatures);
	posted = rest_call(r, &(struct rest_call){.method = "POST", .path = path.text, .body = body}, &answer);
	status = posted == OPTS_GO_ON ? order_post_follow(r, answer, &waiting) : posted;
	json_decref(body);
	json_decref(answer);
	return status;
}

static int run(struct rest *r, const struct list_url *u)
{
	struct signing s = {.answer = NULL};
	int status = rest_call(r, &(struct rest_call){.method = "GET", .path = u->text}, &s.answer);

	if (status == OPTS_GO_ON)
		status = read_bytes(&s);
	if (status == OPTS_GO_ON) {
		fputs("order: ", stderr);
		order_say(&s.order, stderr);
		status = keys.count ? send(r, u, &s) : COMMAND_OK;
	}
	json_decref(s.answer);
	return status;
}

int cmd_order_sign(int argc, char **argv)
{
	struct opts_list args;
	struct list_url u = {.text = "/api/v1/orders/"};
	int status = opts_read(&command, argc, argv, &args);

	if (status == OPTS_GO_ON && !rest_encode(u.text, sizeof(u.text) - sizeof("/sign"), args.items[0]))
		status = opts_wrong(&command, "that is not the id of an order");
	if (status != OPTS_GO_ON)
		return status;
	struct rest *r = rest_open(&status);

	if (r)
		status = run(r, &u);
	rest_close(r);
	return status;
}
