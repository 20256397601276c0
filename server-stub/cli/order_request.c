/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Composes orders. With an operator's key the order's bytes are made and signed on this machine, so a server that was
 * broken into can neither make nor change one: it can only hold it back.
 */
#include "server-stub/cli/order_request.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "agent/base/now.h"
#include "agent/cli/command.h"
#include "server-stub/cli/list.h"
#include "server-stub/cli/order_words.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY_FILE_MAX 4096
#define BEFORE_S 300 /* how far a device's clock may be behind ours */

static int wrong(const char *format, const char *what, int status)
{
	fprintf(stderr, "caltrop: ");
	fprintf(stderr, format, what);
	fprintf(stderr, "\n");
	return status;
}

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

	*o = (struct order){.step_count = 0};
	if (order_words_read(r->words->items, r->words->count, o, why) != ERR_OK)
		return wrong("%s", why, COMMAND_USAGE);
	if (r->duration_s > VERB_DURATION_MAX_S)
		return wrong("--for is at most 30 days%s", "", COMMAND_USAGE);
	if (!add_options(r, o))
		return wrong("%s is of no use to this order", r->duration_s ? "--for" : "--start-ticks", COMMAND_USAGE);
	if (order_check_steps(o, why) == ERR_OK)
		return OPTS_GO_ON;
	return wrong("%s", why, COMMAND_USAGE);
}

/* -- plain -- */

static json_t *plain(const struct order_request *r, const struct order *o)
{
	json_t *body = json_pack("{s:I}", "expires_in_s", (json_int_t)r->expires_s);

	order_words_put(body, o);
	if (r->devices->count) {
		json_t *list = json_array();

		for (unsigned i = 0; i < r->devices->count; i++)
			json_array_append_new(list, json_string(r->devices->items[i]));
		json_object_set_new(body, "devices", list);
	}
	if (r->group)
		json_object_set_new(body, "group", json_string(r->group));
	if (r->all)
		json_object_set_new(body, "all", json_true());
	return body;
}

/* -- signed here -- */

static int load_key(const char *path, struct key_der *key)
{
	static const char *const labels[] = {"EC PRIVATE KEY", "PRIVATE KEY"};
	char text[KEY_FILE_MAX];
	size_t len = 0;
	enum err err = ERR_NOT_FOUND;

	if (!context_read_file(path, text, sizeof(text)))
		return COMMAND_FAILED;
	for (unsigned i = 0; i < 2 && err == ERR_NOT_FOUND; i++)
		err = key_from_pem(labels[i], text, key->bytes, sizeof(key->bytes), &len);
	key_wipe(text, sizeof(text));
	key->len = (uint16_t)len;
	return err ? wrong("%s is not a private key in PEM", path, COMMAND_FAILED) : OPTS_GO_ON;
}

static bool parse_id(const char *hex, uint8_t id[16])
{
	static const char digits[] = "0123456789abcdef";

	if (!hex || strlen(hex) != 32 || strspn(hex, digits) != 32)
		return false;
	for (unsigned i = 0; i < 16; i++)
		id[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) * 16 +
				  (strchr(digits, hex[2 * i + 1]) - digits));
	return true;
}

/* Devices by name become ids: what is signed names ids only. */
static int resolve(const struct order_request *q, struct rest *r, struct order *o)
{
	if (q->devices->count > ORDER_TARGETS_MAX)
		return wrong("a signed order names at most 32 devices; use a group%s", "", COMMAND_USAGE);
	for (unsigned i = 0; i < q->devices->count; i++) {
		struct list_url u = {.text = "/api/v1/devices/"};
		json_t *answer = NULL;

		if (!rest_encode(u.text, sizeof(u.text), q->devices->items[i]))
			return wrong("'%s' is not a device", q->devices->items[i], COMMAND_USAGE);
		int status = rest_call(r, &(struct rest_call){.method = "GET", .path = u.text}, &answer);
		bool good = status == OPTS_GO_ON &&
			    parse_id(json_string_value(json_object_get(answer, "id")), o->targets[o->target_count]);

		json_decref(answer);
		if (status != OPTS_GO_ON)
			return status;
		if (!good)
			return wrong("the server names no id for %s", q->devices->items[i], COMMAND_FAILED);
		o->target_count++;
	}
	o->target_kind = q->all ? ORDER_ALL : q->group ? ORDER_GROUP : ORDER_DEVICES;
	if (q->group && str_copy(str_from(q->group), o->group, sizeof(o->group)))
		return wrong("'%s' is too long for a group", q->group, COMMAND_USAGE);
	return OPTS_GO_ON;
}

static json_t *base64(const uint8_t *bytes, size_t len)
{
	char text[2048];
	size_t text_len = 0;

	if (mbedtls_base64_encode((unsigned char *)text, sizeof(text), &text_len, bytes, len))
		return NULL;
	return json_stringn(text, text_len);
}

static json_t *seal_body(const struct order *o, const struct key_der *key)
{
	uint8_t bytes[ORDER_BYTES_MAX], signature[KEY_SIGNATURE_MAX], id[KEY_ID];
	struct buf b = buf_over(bytes, sizeof(bytes));
	struct key_der public;
	char hex[KEY_ID * 2 + 1];
	struct buf h = buf_over(hex, sizeof(hex) - 1);
	size_t len;

	if (order_encode(&b, o) || key_public(key, &public) ||
	    key_sign(key, key_random_kernel, b.data, b.len, signature, &len))
		return NULL;
	key_id(&public, id);
	buf_hex(&h, id, sizeof(id));
	hex[h.len] = 0;
	return json_pack("{s:o, s:[{s:s, s:o}]}", "order", base64(bytes, b.len), "signatures", "key_id", hex, "value",
			 base64(signature, len));
}

static json_t *sign_here(const struct order_request *q, struct rest *r, struct order *o, int *status)
{
	struct key_der key;
	json_t *body;

	*status = load_key(q->key_file, &key);
	if (*status == OPTS_GO_ON)
		*status = resolve(q, r, o);
	if (*status != OPTS_GO_ON)
		return NULL;
	o->created_s = clock_wall_s();
	o->not_before_s = o->created_s - BEFORE_S;
	o->not_after_s = o->created_s + q->expires_s;
	snprintf(o->author, sizeof(o->author), "%s", rest_context(r)->user);
	if (key_random_kernel.fill(key_random_kernel.context, o->id, sizeof(o->id)))
		abort();
	body = seal_body(o, &key);
	key_wipe(&key, sizeof(key));
	if (!body)
		*status = wrong("the order can't be signed with %s", q->key_file, COMMAND_FAILED);
	return body;
}

json_t *order_request_body(const struct order_request *q, struct rest *r, int *status)
{
	struct order o;

	*status = fill(q, &o);
	if (*status != OPTS_GO_ON)
		return NULL;
	return q->key_file ? sign_here(q, r, &o, status) : plain(q, &o);
}
