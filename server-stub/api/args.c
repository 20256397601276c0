/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to arguments and back. What a value must be is proto/verb.h's; this only carries it. */
#include "server-stub/api/args.h"

#include "server-stub/api/body.h"
#include "server-stub/api/reply.h"

#include <stdio.h>
#include <string.h>

#define VALUE_MAX 512 /* bytes of an argument as text */

static struct str text_of(const struct verb_args *args, const struct verb_param *p, char text[VALUE_MAX])
{
	struct buf b = buf_over(text, VALUE_MAX);

	verb_arg_put(&b, args, p);
	return buf_str(&b);
}

static void put_value(struct json *j, const struct verb_param *p, struct str text)
{
	uint64_t number = 0;

	switch (p->type) {
	case VERB_TYPE_FLAG: json_bool(j, true); break;
	case VERB_TYPE_NETS:
		json_begin_array(j);
		while (!str_empty(text))
			json_str(j, str_cut(&text, ','));
		json_end_array(j);
		break;
	case VERB_TYPE_ADDR:
	case VERB_TYPE_ACCOUNT:
	case VERB_TYPE_NAME:
	case VERB_TYPE_HASH:
	case VERB_TYPE_PATH: json_str(j, text); break;
	default:
		/* What is no number is "forever". */
		if (str_number(text, UINT64_MAX, &number) == ERR_OK)
			json_u64(j, number);
		else
			json_str(j, text);
	}
}

void args_put(struct json *j, const struct verb_args *given)
{
	struct verb_args veiled = *given;
	const struct verb_args *args = &veiled;
	char text[VALUE_MAX];

	verb_args_veil(&veiled);
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		const struct verb_param *p = verb_param(tag);

		if (!verb_arg_given(args, p))
			continue;
		json_key(j, p->name);
		put_value(j, p, text_of(args, p, text));
	}
}

/* A JSON value as the text that verb_arg_set() reads. false: it is of another type than the parameter. */
static bool as_text(json_t *value, const struct verb_param *p, struct buf *b)
{
	size_t i;
	json_t *one;

	switch (p->type) {
	case VERB_TYPE_NETS:
		json_array_foreach(value, i, one)
		{
			if (!json_is_string(one))
				return false;
			buf_text(b, i ? "," : "");
			buf_text(b, json_string_value(one));
		}
		return json_is_array(value);
	case VERB_TYPE_ADDR:
	case VERB_TYPE_ACCOUNT:
	case VERB_TYPE_NAME:
	case VERB_TYPE_PATH:
	case VERB_TYPE_HASH:
		buf_text(b, json_is_string(value) ? json_string_value(value) : "");
		return json_is_string(value);
	case VERB_TYPE_FLAG: buf_text(b, json_is_true(value) ? "yes" : "no"); return json_is_boolean(value);
	case VERB_TYPE_SECONDS:
		if (json_is_string(value) && strcmp(json_string_value(value), "forever") == 0) {
			buf_text(b, "forever");
			return true;
		}
		__attribute__((fallthrough));
	default: buf_i64(b, json_integer_value(value)); return json_is_integer(value) && json_integer_value(value) > 0;
	}
}

static bool wrong_type(struct call *call, const struct verb_param *p)
{
	static const char *const kinds[] = {
		[VERB_TYPE_ADDR] = "a text",
		[VERB_TYPE_NETS] = "a list of texts",
		[VERB_TYPE_SECONDS] = "a whole number from 1 or \"forever\"",
		[VERB_TYPE_ACCOUNT] = "a text",
		[VERB_TYPE_PID] = "a whole number from 1",
		[VERB_TYPE_COUNT] = "a whole number from 1",
		[VERB_TYPE_FLAG] = "true or false",
		[VERB_TYPE_PATH] = "a text",
		[VERB_TYPE_NAME] = "a text",
		[VERB_TYPE_HASH] = "a text",
	};

	reply_error(call, FAULT_INVALID, "'%s' is not %s.", p->name, kinds[p->type]);
	return false;
}

static bool unknown(struct call *call, const char *key)
{
	char shown[64], known[256];
	struct buf b = buf_over(known, sizeof(known) - 1);

	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		buf_text(&b, tag > 1 ? " " : "");
		buf_text(&b, verb_param(tag)->name);
	}
	known[b.len] = '\0';
	str_show(str_from(key), shown, sizeof(shown));
	reply_error(call, FAULT_UNKNOWN_MEMBER, "There is no member '%s' here; known: %s.", shown, known);
	return false;
}

static bool read_params(struct call *call, json_t *params, struct verb_args *args)
{
	const char *key;
	json_t *value;

	json_object_foreach(params, key, value)
	{
		const struct verb_param *p = verb_param_find(str_from(key));
		char text[VALUE_MAX], why[VERB_WHY_MAX];
		struct buf b = buf_over(text, sizeof(text));

		if (!p || strcmp(p->name, key) != 0)
			return unknown(call, key);
		if (!as_text(value, p, &b) || b.overflow)
			return wrong_type(call, p);
		if (verb_arg_set(args, p, buf_str(&b), why) != ERR_OK) {
			reply_error(call, FAULT_INVALID, "%s", why);
			return false;
		}
	}
	return true;
}

static bool read_when(struct call *call, json_t *object, uint8_t *when)
{
	char name[16];

	if (!body_text(call, object, &(struct body_text){"when", name, sizeof(name), false}))
		return false;
	*when = name[0] ? order_when_number(name) : ORDER_ALWAYS;
	if (*when < ORDER_WHEN_MAX)
		return true;
	reply_error(call, FAULT_INVALID, "'when' is one of always, if_done and if_failed.");
	return false;
}

bool args_read_step(struct call *call, json_t *object, struct order_step *out)
{
	json_t *params = json_object_get(object, "params");
	char verb[16];

	memset(out, 0, sizeof(*out));
	if (!body_text(call, object, &(struct body_text){"verb", verb, sizeof(verb), true}) ||
	    !read_when(call, object, &out->when))
		return false;
	out->args.verb = verb_number(verb);
	if (params && !json_is_object(params)) {
		reply_error(call, FAULT_INVALID, "'params' is not an object.");
		return false;
	}
	return !params || read_params(call, params, &out->args);
}
