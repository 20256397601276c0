/* SPDX-License-Identifier: Apache-2.0 */
/* Orders that wait for a further signature in a file. Whose signatures count, the devices say. */
#include "server-stub/cli/playbook_signed.h"

#include "agent/cli/command.h"
#include "proto/order.h"
#include "proto/playbook.h"
#include "server-stub/cli/order_say.h"
#include "server-stub/cli/playbook_bound.h"
#include "server-stub/cli/sigma_files.h"
#include "server-stub/cli/signing.h"

#include <mbedtls/base64.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (256u << 10)

/* The signed bytes, and the order that they are, or the statement about a playbook. */
struct signed_order {
	size_t len;
	uint8_t bytes[ORDER_BYTES_MAX];
	struct order order;
	struct playbook_bound bound;
};

_Static_assert(OBJECT_STATEMENT_MAX <= ORDER_BYTES_MAX, "room for both");

static int decode_bound(json_t *file, struct signed_order *out)
{
	char why[PLAYBOOK_WHY_MAX];

	if (!playbook_bound_decode(file, &out->bound, why))
		return opts_failed(COMMAND_FAILED, "it is not what 'playbook sign' writes: %s", why);
	out->len = out->bound.len;
	memcpy(out->bytes, out->bound.statement, out->len);
	return OPTS_GO_ON;
}

static int decode(json_t *file, struct signed_order *out)
{
	if (playbook_bound_is(file))
		return decode_bound(file, out);
	const char *text = json_string_value(json_object_get(file, "order"));
	char why[ORDER_WHY_MAX] = "It has no 'order' in base64.";

	if (text && json_is_array(json_object_get(file, "signatures")) &&
	    mbedtls_base64_decode(out->bytes, sizeof(out->bytes), &out->len, (const unsigned char *)text,
				  strlen(text)) == 0 &&
	    order_decode(out->bytes, out->len, &out->order, why) == ERR_OK)
		return OPTS_GO_ON;
	return opts_failed(COMMAND_FAILED, "it is not what 'playbook sign' writes: %s", why);
}

int playbook_signed_read(const char *file, struct playbook_signed *out)
{
	static struct signed_order unused;
	json_error_t error;
	struct str text;
	int status = sigma_files_read(file, FILE_BYTES_MAX, &text);

	if (status != OPTS_GO_ON)
		return status;
	/* A playbook in YAML's braces has no such member. */
	if (str_starts(str_trim(text), STR("{")) && str_find(text, STR("\"signatures\"")) != SIZE_MAX) {
		out->order = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, &error);
		status = out->order ? decode(out->order, &unused)
				    : opts_failed(COMMAND_FAILED, "%s:%d:%d: %s", file, error.line, error.column,
						  error.text);
	}
	free((void *)text.data);
	if (status != OPTS_GO_ON)
		playbook_signed_free(out);
	return status;
}

static const char *key_id(json_t *signature)
{
	const char *id = json_string_value(json_object_get(signature, "key_id"));

	return id ? id : "";
}

static bool has_signed(json_t *list, json_t *signature)
{
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one) if (strcmp(key_id(one), key_id(signature)) == 0) return true;
	return false;
}

json_t *playbook_signed_add(const struct playbook_signed *s, const struct opts_list *keys, int *status)
{
	static struct signed_order o;
	json_t *file = json_deep_copy(s->order), *list = json_object_get(file, "signatures"), *more = NULL, *one;
	size_t i;

	*status = decode(file, &o);
	if (*status == OPTS_GO_ON)
		more = signing_list(keys, o.bytes, o.len, status);
	json_array_foreach(more, i, one)
	{
		if (has_signed(list, one))
			*status = opts_failed(COMMAND_CONFLICT, "%s has signed it already", keys->items[i]);
		else
			json_array_append(list, one);
	}
	json_decref(more);
	if (*status == OPTS_GO_ON)
		return file;
	json_decref(file);
	return NULL;
}

json_t *playbook_signed_body(const struct playbook_signed *s, const struct opts_list *keys, int *status)
{
	json_t *file = playbook_signed_add(s, keys, status), *body = NULL;
	json_int_t approvals = json_integer_value(json_object_get(file, "approvals"));
	size_t count = json_array_size(json_object_get(file, "signatures"));

	if (file && count < (size_t)approvals)
		*status = opts_failed(COMMAND_CONFLICT, "%zu of %lld signatures are there: caltrop playbook sign",
				      count, (long long)approvals);
	else if (file && playbook_bound_is(file))
		body = json_incref(file);
	else if (file)
		body = json_pack("{s:O, s:O}", "order", json_object_get(file, "order"), "signatures",
				 json_object_get(file, "signatures"));
	json_decref(file);
	return body;
}

int playbook_signed_say(json_t *file, FILE *out)
{
	static struct signed_order o;
	int status = decode(file, &o);

	if (status != OPTS_GO_ON)
		return status;
	if (playbook_bound_is(file)) {
		playbook_bound_say(&o.bound, out);
	} else {
		order_say(&o.order, out);
	}
	fprintf(out, "  %zu of %lld signatures\n", json_array_size(json_object_get(file, "signatures")),
		(long long)json_integer_value(json_object_get(file, "approvals")));
	return OPTS_GO_ON;
}

void playbook_signed_free(struct playbook_signed *s)
{
	json_decref(s->order);
	s->order = NULL;
}
