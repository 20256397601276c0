/* SPDX-License-Identifier: Apache-2.0 */
/* Reads request bodies, and answers with a sentence about what is wrong. */
#include "server-stub/api/body.h"

#include "server-stub/api/reply.h"
#include "server-stub/fleet/label.h"

#include <mbedtls/base64.h>

#include <inttypes.h>
#include <string.h>

/* jansson's own bound on depth is its compile-time choice; ours is looked at first. */
static bool is_deep(struct str text)
{
	unsigned depth = 0;
	bool in_text = false;

	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (in_text && c == '\\')
			i++;
		else if (c == '"')
			in_text = !in_text;
		else if (!in_text && (c == '{' || c == '['))
			depth++;
		else if (!in_text && (c == '}' || c == ']') && depth)
			depth--;
		if (depth > BODY_DEPTH_MAX)
			return true;
	}
	return false;
}

static bool is_known(const char *key, const char *known)
{
	struct str words = str_from(known);

	while (words.len)
		if (str_equal(str_cut(&words, ' '), str_from(key)))
			return true;
	return false;
}

static bool is_json(struct call *call)
{
	struct str type = http_header(call->http, "content-type");

	return str_equal_fold(str_trim(str_cut(&type, ';')), STR("application/json"));
}

bool body_known(struct call *call, json_t *object, const char *known)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		if (is_known(key, known))
			continue;
		char shown[64];

		str_show(str_from(key), shown, sizeof(shown));
		reply_error(call, FAULT_UNKNOWN_MEMBER, "There is no member '%s' here; known: %s.", shown, known);
		return false;
	}
	return true;
}

json_t *body_read(struct call *call, const char *known)
{
	json_error_t error;

	if (!is_json(call)) {
		reply_error(call, FAULT_NOT_JSON, "Send the body as JSON, with Content-Type: application/json.");
		return NULL;
	}
	if (is_deep(call->http->body)) {
		reply_error(call, FAULT_TOO_DEEP, "The body nests deeper than %d levels.", BODY_DEPTH_MAX);
		return NULL;
	}
	json_t *body = json_loadb(call->http->body.data, call->http->body.len, JSON_REJECT_DUPLICATES, &error);

	if (!body || !json_is_object(body)) {
		json_decref(body);
		reply_error(call, FAULT_BAD_JSON, "The body is not a JSON object (line %d, column %d).",
			    body ? 1 : error.line, body ? 1 : error.column);
		return NULL;
	}
	if (body_known(call, body, known))
		return body;
	json_decref(body);
	return NULL;
}

bool body_text(struct call *call, json_t *body, const struct body_text *t)
{
	json_t *value = json_object_get(body, t->name);

	t->out[0] = 0;
	if (!value || json_is_null(value)) {
		if (t->required)
			reply_error(call, FAULT_MISSING, "The member '%s' is missing.", t->name);
		return !t->required;
	}
	if (!json_is_string(value)) {
		reply_error(call, FAULT_INVALID, "'%s' is not a text.", t->name);
		return false;
	}
	struct str text = {json_string_value(value), json_string_length(value)};

	if (text.len == 0 && t->required) {
		reply_error(call, FAULT_INVALID, "'%s' is empty.", t->name);
		return false;
	}
	if (str_copy(text, t->out, t->cap)) {
		t->out[0] = 0;
		reply_error(call, FAULT_INVALID, "'%s' is longer than %zu bytes.", t->name, t->cap - 1);
		return false;
	}
	return true;
}

bool body_bytes(struct call *call, json_t *body, const struct body_bytes *b)
{
	json_t *value = json_object_get(body, b->name);
	size_t len = 0;

	if (!value) {
		reply_error(call, FAULT_MISSING, "The member '%s' is missing.", b->name);
		return false;
	}
	if (!json_is_string(value) ||
	    mbedtls_base64_decode(b->out, b->cap, &len, (const unsigned char *)json_string_value(value),
				  json_string_length(value))) {
		reply_error(call, FAULT_INVALID, "'%s' is not base64 of at most %zu bytes.", b->name, b->cap);
		return false;
	}
	*b->bytes = (struct str){(const char *)b->out, len};
	return true;
}

bool body_plain(struct call *call, const char *whose, const char *name)
{
	bool good = label_is_plain(str_from(name));

	if (!good)
		reply_error(call, FAULT_INVALID,
			    "%s name is of letters, digits and -_. only, and begins with neither - nor .", whose);
	return good;
}

bool body_number(struct call *call, json_t *body, const struct body_number *n)
{
	json_t *value = json_object_get(body, n->name);

	if (!value || json_is_null(value))
		return true;
	if (!json_is_integer(value) || json_integer_value(value) < n->min || json_integer_value(value) > n->max) {
		reply_error(call, FAULT_INVALID, "'%s' is not a whole number from %" PRId64 " to %" PRId64 ".", n->name,
			    n->min, n->max);
		return false;
	}
	*n->out = json_integer_value(value);
	return true;
}

bool body_flag(struct call *call, json_t *body, const char *name, bool *out)
{
	json_t *value = json_object_get(body, name);

	*out = json_is_true(value);
	if (value && !json_is_boolean(value) && !json_is_null(value)) {
		reply_error(call, FAULT_INVALID, "'%s' is neither true nor false.", name);
		return false;
	}
	return true;
}
