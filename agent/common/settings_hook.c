/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what the settings declare of hooks. Never looks whether there is such a program; who runs it does. */
#include "agent/common/settings_hook.h"

#include "agent/common/settings_value.h"
#include "proto/verb.h"
#include "proto/verb_text.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define TIME_S 10u
#define TIME_MAX_S 300u
#define MEMORY (64u << 20)
#define MEMORY_MIN (1u << 20)
#define MEMORY_MAX (1u << 30)
#define OUTPUT 4096u
#define OUTPUT_MAX (1u << 20)

_Static_assert(SETTINGS_HOOKS_MAX == 8, "a message states this limit");

static enum err refuse(struct ini_error *error, struct str name, const char *what, const char *why)
{
	char shown[VERB_NAME_MAX + 1];

	str_show(name, shown, sizeof(shown));
	snprintf(error->text, sizeof(error->text), "[hook %s] %s%s", shown, what, why);
	return ERR_INVALID;
}

/* Names of parameters that blanks or commas separate. What does not fit is in *wrong. */
static bool read_arguments(struct settings_hook *h, struct str value, struct str *wrong)
{
	unsigned count = 0;

	for (size_t at = 0, len; at < value.len; at += len + 1) {
		for (len = 0; at + len < value.len && strchr(" \t,", value.data[at + len]) == NULL; len++)
			continue;
		const struct verb_param *p = verb_param_find(*wrong = str_sub(value, at, len));

		if (len == 0)
			continue;
		if (!p || p->tag == VERB_NAME || !verb_takes(VERB_HOOK, p->tag) || count == SETTINGS_HOOK_ARGUMENTS_MAX)
			return false;
		for (unsigned i = 0; i < count; i++)
			if (h->arguments[i] == p->tag)
				return false;
		h->arguments[count++] = p->tag;
	}
	h->argument_count = count;
	return true;
}

static const struct key_row {
	const char *key;
	enum err (*read)(struct settings_value *v);
	uint16_t offset, size; /* in struct settings_hook */
	uint32_t min, max;
} rows[] = {
	{"program", settings_value_path, offsetof(struct settings_hook, program), SETTINGS_PATH_MAX, 0, 0},
	{"time", settings_value_seconds, offsetof(struct settings_hook, time_s), 4, 1, TIME_MAX_S},
	{"memory", settings_value_bytes, offsetof(struct settings_hook, memory), 4, MEMORY_MIN, MEMORY_MAX},
	{"output", settings_value_bytes, offsetof(struct settings_hook, output), 4, 0, OUTPUT_MAX},
};

/* The row of a name, a new one if there is none; NULL: there is no room. */
static struct settings_hook *row_of(struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->hook_count; i++)
		if (strcmp(s->hooks[i].name, name) == 0)
			return &s->hooks[i];
	if (s->hook_count == SETTINGS_HOOKS_MAX)
		return NULL;
	struct settings_hook *h = &s->hooks[s->hook_count++];

	*h = (struct settings_hook){.time_s = TIME_S, .memory = MEMORY, .output = OUTPUT};
	memcpy(h->name, name, VERB_NAME_MAX);
	return h;
}

enum err settings_hook_read(struct settings *s, const struct settings_hook_key *k, struct ini_error *error)
{
	char name[VERB_NAME_MAX] = "", what[80];
	struct str wrong = k->value;

	if (!IS_ENABLED(CONFIG_ACTION_HOOK))
		return refuse(error, k->name, "is not for this build, which has no ACTION_HOOK", "");
	if (str_copy(k->name, name, sizeof(name)) != ERR_OK || !verb_text_valid(VERB_TYPE_NAME, name))
		return refuse(error, k->name, verb_text_rule(VERB_TYPE_NAME), "");
	struct settings_hook *h = row_of(s, name);

	if (!h)
		return refuse(error, k->name, "does not fit: there are more than 8 hooks", "");
	if (str_equal(k->key, STR("arguments"))) {
		if (read_arguments(h, k->value, &wrong))
			return ERR_OK;
		str_show(wrong, what, sizeof(what) - 16);
		return refuse(error, k->name, "arguments: only addr and account, each once: ", what);
	}
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settings_value v = {
			k->value, (char *)h + rows[i].offset, rows[i].size, NULL, NULL, NULL, rows[i].min, rows[i].max,
			""};

		if (!str_equal(k->key, str_from(rows[i].key)))
			continue;
		if (rows[i].read(&v) == ERR_OK)
			return ERR_OK;
		snprintf(what, sizeof(what), "%s: ", rows[i].key);
		return refuse(error, k->name, what, v.why);
	}
	return refuse(error, k->name, "there is no such key; there are program, arguments, time, memory and output",
		      "");
}

enum err settings_hook_check(const struct settings *s, struct ini_error *error)
{
	for (unsigned i = 0; i < s->hook_count; i++)
		if (s->hooks[i].program[0] == '\0')
			return refuse(error, str_from(s->hooks[i].name), "names no program: set program", "");
	return ERR_OK;
}

const struct settings_hook *settings_hook_find(const struct settings *s, const char *name)
{
	for (unsigned i = 0; i < s->hook_count; i++)
		if (strcmp(s->hooks[i].name, name) == 0)
			return &s->hooks[i];
	return NULL;
}

void settings_hook_text(struct buf *b, const struct settings *s)
{
	for (unsigned i = 0; i < s->hook_count; i++) {
		const struct settings_hook *h = &s->hooks[i];

		buf_printf(b, "\n[hook %s]\nprogram = %s\narguments =", h->name, h->program);
		for (unsigned j = 0; j < h->argument_count; j++)
			buf_printf(b, " %s", verb_param(h->arguments[j])->name);
		buf_printf(b, "\ntime = %us\nmemory = %u\noutput = %u\n", (unsigned)h->time_s, (unsigned)h->memory,
			   (unsigned)h->output);
	}
}
