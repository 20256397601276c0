/* SPDX-License-Identifier: Apache-2.0 */
/* Words to steps and steps to JSON. What makes sense is proto/verb.h's to say. */
#include "server-stub/cli/order_words.h"

#include <stdio.h>
#include <string.h>

#define VALUE_MAX 512 /* bytes of an argument as text */

/* then, if-done or if-failed: where the next step begins. */
static bool is_joint(const char *word, uint8_t *when)
{
	static const char *const joints[ORDER_WHEN_MAX] = {"then", "if-done", "if-failed"};

	for (*when = 0; *when < ORDER_WHEN_MAX; ++*when)
		if (strcmp(joints[*when], word) == 0)
			return true;
	return false;
}

static enum err unknown_verb(const char *word, char why[ORDER_WHY_MAX])
{
	struct buf b = buf_over(why, ORDER_WHY_MAX - 1);

	buf_printf(&b, "There is no verb '%.40s'; try ", word);
	verb_list(&b, false);
	buf_char(&b, '.');
	why[b.len] = '\0';
	return ERR_UNSUPPORTED;
}

void order_words_params(struct buf *b, const struct verb_row *row)
{
	for (unsigned tag = 1, listed = 0; tag < VERB_PARAM_MAX; tag++)
		if (row->needs & VERB_PARAM(tag))
			buf_printf(b, listed++ ? " %s=%s" : " %.0s%s", verb_param(tag)->name, verb_param(tag)->noun);
	for (unsigned tag = 1, listed = 0; tag < VERB_PARAM_MAX; tag++)
		if (row->one_of & VERB_PARAM(tag))
			buf_printf(b, "%s%s=%s", listed++ ? "|" : " ", verb_param(tag)->name, verb_param(tag)->noun);
	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++) {
		const struct verb_param *p = verb_param(tag);

		if (row->takes & VERB_PARAM(tag))
			buf_printf(b, " [%.*s=%s]", (int)verb_param_bare(p).len, p->name, p->noun);
	}
}

/* "limit takes no 'x=1'", and what it takes. */
static enum err refuse_word(const struct verb_args *args, const char *word, bool second, char why[ORDER_WHY_MAX])
{
	const struct verb_row *row = verb_row(args->verb);
	struct buf b = buf_over(why, ORDER_WHY_MAX - 1);
	size_t before;

	buf_printf(&b, second ? "%s does not know what '%.40s' is" : "%s takes no '%.40s'", row->name, word);
	buf_text(&b, "; it takes");
	before = b.len;
	order_words_params(&b, row);
	buf_text(&b, b.len == before ? " nothing." : ".");
	why[b.len] = '\0';
	return ERR_INVALID;
}

/* NAME=VALUE, or the bare target of the verb. */
static enum err take_word(struct verb_args *args, const char *word, char why[ORDER_WHY_MAX])
{
	struct str value = str_from(word), name = STR_NONE;
	const struct verb_param *p = verb_what(args);
	char sense[VERB_WHY_MAX];
	enum err err;

	if (str_find_byte(value, '=') != SIZE_MAX) {
		name = str_cut(&value, '=');
		p = verb_param_find(name);
	}
	if (!p || !verb_takes(args->verb, p->tag))
		return refuse_word(args, word, false, why);
	if (verb_arg_given(args, p) && name.len == 0)
		return refuse_word(args, word, true, why);
	if (verb_arg_given(args, p)) {
		snprintf(why, ORDER_WHY_MAX, "%s has its %s twice.", verb_name(args->verb), p->name);
		return ERR_INVALID;
	}
	err = verb_arg_set(args, p, value, sense);
	if (err != ERR_OK)
		snprintf(why, ORDER_WHY_MAX, "%s", sense);
	return err;
}

enum err order_words_read(const char *const *words, unsigned count, struct order *out, char why[ORDER_WHY_MAX])
{
	uint8_t when = ORDER_ALWAYS, next;
	unsigned at = 0;
	enum err err = ERR_OK;

	out->step_count = 0;
	while (at < count && err == ERR_OK) {
		struct order_step *step = &out->steps[out->step_count];

		if (out->step_count == ORDER_STEPS_MAX) {
			snprintf(why, ORDER_WHY_MAX, "An order has at most %d steps.", ORDER_STEPS_MAX);
			return ERR_INVALID;
		}
		*step = (struct order_step){.when = when, .args = {.verb = verb_number(words[at])}};
		if (step->args.verb == VERB_NONE)
			return unknown_verb(words[at], why);
		out->step_count++;
		for (at++; at < count && err == ERR_OK && !is_joint(words[at], &next); at++)
			err = take_word(&step->args, words[at], why);
		if (at < count && err == ERR_OK) {
			when = next;
			at++;
			if (at == count) {
				snprintf(why, ORDER_WHY_MAX, "'%s' is followed by no verb.", words[at - 1]);
				return ERR_INVALID;
			}
		}
	}
	return err;
}

static json_t *value_json(const struct verb_args *args, const struct verb_param *p)
{
	char text[VALUE_MAX];
	struct buf b = buf_over(text, sizeof(text));
	struct str rest;
	uint64_t number = 0;
	json_t *list;

	verb_arg_put(&b, args, p);
	rest = buf_str(&b);
	switch (p->type) {
	case VERB_TYPE_FLAG: return json_true();
	case VERB_TYPE_ADDR:
	case VERB_TYPE_ACCOUNT:
	case VERB_TYPE_NAME:
	case VERB_TYPE_HASH:
	case VERB_TYPE_PATH: return json_stringn(rest.data, rest.len);
	case VERB_TYPE_NETS:
		list = json_array();
		while (!str_empty(rest)) {
			struct str one = str_cut(&rest, ',');

			json_array_append_new(list, json_stringn(one.data, one.len));
		}
		return list;
	default:
		/* What is no number is "forever". */
		return str_number(rest, INT64_MAX, &number) == ERR_OK ? json_integer((json_int_t)number)
								      : json_stringn(rest.data, rest.len);
	}
}

static enum err put_step(json_t *into, const struct order_step *step)
{
	json_t *params = json_object();
	enum err err = ERR_OK;

	for (unsigned tag = 1; tag < VERB_PARAM_MAX; tag++)
		if (verb_arg_given(&step->args, verb_param(tag)) &&
		    json_object_set_new(params, verb_param(tag)->name, value_json(&step->args, verb_param(tag))) != 0)
			err = ERR_INVALID;
	json_object_set_new(into, "verb", json_string(verb_name(step->args.verb)));
	json_object_set_new(into, "params", params);
	return err;
}

enum err order_words_put(json_t *body, const struct order *o)
{
	enum err err = ERR_OK;
	json_t *list;

	if (o->step_count == 1)
		return put_step(body, &o->steps[0]);
	list = json_array();
	for (unsigned i = 0; i < o->step_count && err == ERR_OK; i++) {
		json_t *step = json_object();

		err = put_step(step, &o->steps[i]);
		json_object_set_new(step, "when", json_string(order_when_name(o->steps[i].when)));
		json_array_append_new(list, step);
	}
	json_object_set_new(body, "steps", list);
	return err;
}
